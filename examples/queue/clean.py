"""Runs at night: removes jobs that were done more than a week ago."""

from store import store


def main() -> None:
    with store() as jobs:
        count = jobs.execute("delete from jobs where result is not null and made < strftime('%s', 'now') - 7 * 86400").rowcount
    print(f"removed {count} jobs")


if __name__ == "__main__":
    main()
