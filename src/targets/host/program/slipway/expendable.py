"""Whom the kernel ends first when memory runs short: what only makes a release, then the session itself (400, by its unit), then a newcomer, and
what serves last."""
# What is added to a process's `oom_score`: 1,000 is all of the memory.
MAKES = 500
NEWCOMER = 300
SERVES = 0


def mark(pids, score):
    """Processes that they start from then on have it as well. Of one that has ended nothing is said."""
    for pid in pids:
        try:
            with open(f'/proc/{pid}/oom_score_adj', 'w', encoding='ascii') as file:
                file.write(str(score))
        except OSError:
            pass
