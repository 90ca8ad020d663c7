''


MAKES = 500
NEWCOMER = 300
SERVES = 0


def mark(pids, score):
    ''
    for pid in pids:
        try:
            with open(f'/proc/{pid}/oom_score_adj', 'w', encoding='ascii') as file:
                file.write(str(score))
        except OSError:
            pass
