"""``python -m engine locate|ensure|doctor``: for CI and for inspecting a machine; plain output."""

from __future__ import annotations

import argparse
import sys

from engine import doctor, locate
from engine.errors import EngineMissing
from engine.step import Step, throttled


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code: 0 if there is an engine, 4 if not."""
    parser = argparse.ArgumentParser(prog="python -m engine", description="The Pulumi engine on this machine.")
    parser.add_argument("command", choices=("locate", "ensure", "doctor"))
    command = parser.parse_args(arguments).command
    if command == "doctor":
        findings = doctor.inspect()
        for finding in findings:
            print(finding)
        return 0 if all(finding.ok for finding in findings) else EngineMissing.exit_code
    try:
        engine = locate.ensure(throttled(_print)) if command == "ensure" else locate.find()
    except EngineMissing as error:
        print(error, file=sys.stderr)
        return EngineMissing.exit_code
    except KeyboardInterrupt:
        print("interrupted; nothing incomplete is left", file=sys.stderr)
        return 130
    if engine is None:
        print("no engine on this machine yet: python -m engine ensure", file=sys.stderr)
        return EngineMissing.exit_code
    print(f"{engine.pulumi} {engine.version} ({engine.source}, {engine.language_host} language host)")
    return 0


def _print(step: Step) -> None:
    print(step, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
