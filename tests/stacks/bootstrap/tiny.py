"""The smallest stack there is: a program with one secret output, to try backends without a platform."""

from pathlib import Path

from engine.locate import Engine
from stacks.bootstrap.stack_in_backend import StackInBackend
from stacks.pulumi_cli import PulumiCli
from support.files import write_if_changed
from targets.local import LocalTarget

SECRET = "correct-horse-battery"
PROGRAM = f"""import pulumi

pulumi.ComponentResource("tiny:index:Thing", "thing")
pulumi.export("secret", pulumi.Output.secret("{SECRET}"))
"""


class Tiny(LocalTarget):
    """A local target whose program is tiny."""

    project_name = "tiny"

    def program(self) -> Path:
        return self.base / "program"

    def copy_stack_file(self, stack: str) -> None:
        self.program().mkdir(parents=True, exist_ok=True)
        write_if_changed(self.program() / "__main__.py", PROGRAM)
        file = self.project() / f"Pulumi.{stack}.yaml"
        if not file.exists():
            file.write_text("config: {}\n", encoding="utf-8")

    def state_file(self, stack: str) -> Path:
        """Its checkpoint in the folder."""
        return self.base / "state" / ".pulumi" / "stacks" / self.project_name / f"{stack}.json"

    def side(self, engine: Engine, url: str = "", stack: str = "one") -> StackInBackend:
        return StackInBackend(engine, self, stack, url or self.backend_url())

    def up(self, engine: Engine, stack: str = "one") -> None:
        self.prepare(engine, stack)
        run, code = PulumiCli(engine, self, stack).run("up", "--yes", "--skip-preview", log=self.base / "up.jsonl")
        assert code == 0, run.errors
