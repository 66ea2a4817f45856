"""``python -m engine locate|ensure|doctor``: for CI and for a look at what is there; plain output."""

from __future__ import annotations

import argparse
import sys

from engine import doctor, locate
from engine.missing import EngineMissing
from engine.step import Step, sparingly


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code: 0 there is an engine, 4 there is none."""
    parser = argparse.ArgumentParser(prog="python -m engine", description="The Pulumi engine on this machine.")
    parser.add_argument("command", choices=("locate", "ensure", "doctor"))
    command = parser.parse_args(arguments).command
    if command == "doctor":
        findings = doctor.inspect()
        for finding in findings:
            print(finding)
        return 0 if all(finding.ok for finding in findings) else EngineMissing.exit_code
    try:
        found = locate.ensure(sparingly(_print)) if command == "ensure" else locate.find()
    except EngineMissing as error:
        print(error, file=sys.stderr)
        return EngineMissing.exit_code
    except KeyboardInterrupt:
        print("interrupted; nothing was left half-made", file=sys.stderr)
        return 130
    if found is None:
        print("no engine on this machine yet: python -m engine ensure", file=sys.stderr)
        return EngineMissing.exit_code
    print(f"{found.pulumi} {found.version} ({found.source}, {found.language_host} language host)")
    return 0


def _print(step: Step) -> None:
    print(step, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
