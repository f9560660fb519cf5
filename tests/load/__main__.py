"""`python -m tests.load WHAT`: prints figures, fails where a promise was broken."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.load import backed_up, imported, killed, rate, restarted, soak, written
from tests.load.planted import BUGS
from tests.load.served import PLANTED


def main() -> int:
    asked = argparse.ArgumentParser(prog="tests.load", description=__doc__)
    asked.add_argument("what", choices=sorted(RUNS))
    asked.add_argument("--rounds", type=int, default=10)
    asked.add_argument("--approvals", type=int, default=killed.APPROVALS)
    # On a machine that is busy otherwise no worker would live to the end of a page.
    asked.add_argument("--every", type=float, default=killed.EVERY_SECONDS, help="s of killed")
    asked.add_argument("--seconds", type=int, default=60, help="of soak, and of each step of rate")
    asked.add_argument(
        "--people", type=int, default=0, help="in the book of rate, imported, backed-up"
    )
    asked.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    asked.add_argument("--step", type=float, default=0.0, help="of rate: 0.25 goes up by quarters")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--planted", choices=sorted(BUGS), default="", help="a bug to be noticed")
    told = asked.parse_args()
    os.environ[PLANTED] = told.planted
    with tempfile.TemporaryDirectory() as folder:
        wrong = RUNS[told.what](told, Path(folder))
    for one in wrong[:20]:
        print(f"WRONG {one}")
    print("broken" if wrong else "kept")
    return 1 if wrong else 0


def _killed(told: argparse.Namespace, folder: Path) -> list[str]:
    how = {"approvals": told.approvals, "every": told.every, "seed": told.seed}
    return killed.run(folder, rounds=told.rounds, **how)


def _rate(told: argparse.Namespace, folder: Path) -> list[str]:
    more = {"people": told.people or rate.PEOPLE, "seed": told.seed, "step": told.step}
    return rate.run(folder, seconds=told.seconds, **more)


def _imported(told: argparse.Namespace, folder: Path) -> list[str]:
    return imported.run(folder, kind=told.database, people=told.people or imported.PEOPLE)


def _backed_up(told: argparse.Namespace, folder: Path) -> list[str]:
    people = told.people or backed_up.PEOPLE
    return backed_up.run_backup(folder, kind=told.database, people=people)


RUNS: dict[str, Callable[[argparse.Namespace, Path], list[str]]] = {
    "killed": _killed,
    "restarted": lambda told, folder: restarted.run(folder, rounds=told.rounds),
    "soak": lambda told, folder: soak.run(folder, seconds=told.seconds, seed=told.seed),
    "rate": _rate,
    "imported": _imported,
    "backed-up": _backed_up,
    "written": lambda _told, folder: written.run(folder),
}


if __name__ == "__main__":
    sys.exit(main())
