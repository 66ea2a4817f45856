"""A checkout with small stacks and a new release, for tests that promote."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from emulator.store import Store
from emulator.values import plain
from emulator.world import dig
from tests.conftest import Checkout, shrink

OLD, NEW, THIRD = "2026.11.0", "2026.12.0", "2026.12.1"
INSIDE_THE_WINDOW = "2026-11-24T10:00:00+00:00"
"""A Tuesday, noon in Helsinki."""
CHANGED = ("aifabrix/miso-controller", "aifabrix/keycloak")


def digest(text: str) -> str:
    """A digest that no image has."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass
class Scene:
    """Stacks of two applications each; time stands still unless a test moves it."""

    checkout: Checkout
    now: str = INSIDE_THE_WINDOW

    @classmethod
    def of(cls, checkout: Checkout) -> Scene:
        """Make the stack files small."""
        shrink(checkout, stacks=("dev", "test", "prod"))
        checkout.git("init", "-q")
        checkout.git("config", "user.email", "release.manager@contoso.example")
        checkout.git("add", "-A")
        checkout.git("commit", "-qm", "as shipped")
        return cls(checkout)

    @classmethod
    def deployed(cls, checkout: Checkout, once: Any) -> Scene:
        """Make the stack files small, and have all three stacks deployed at the old release."""
        scene = cls.of(checkout)

        def deploy(origin: Checkout) -> None:
            first = cls.of(origin)
            for stack in ("dev", "test", "prod"):
                first.fabrix("up", stack, "--yes").must()

        once("scene", deploy, checkout)
        return scene

    @classmethod
    def with_new_release(cls, checkout: Checkout, once: Any) -> Scene:
        """Have all three stacks deployed at the old release, and dev then at a new one."""
        scene = cls.of(checkout)
        manifest = f"{NEW}.yaml"

        def deploy(origin: Checkout) -> None:
            first = cls.deployed(origin, once)
            first.new_release()
            first.set_line("dev", NEW)
            first.fabrix("up", "dev", "--yes").must()
            shutil.copy2(origin.root / "releases" / manifest, origin.root / ".fabrix")

        once("new-release", deploy, checkout)
        shutil.move(checkout.root / ".fabrix" / manifest, checkout.root / "releases")
        scene.set_line("dev", NEW)
        return scene

    def fabrix(self, *arguments: str, environment: dict[str, str] | None = None):
        return self.checkout.fabrix(*arguments, environment={"FABRIX_NOW": self.now, **(environment or {})})

    def new_release(self, name: str = NEW, base: str = OLD, *options: str) -> None:
        """A release whose images differ from those of ``base``."""
        images = [word for repo in CHANGED for word in ("--image", f"{repo}=9.9.9@{digest(name + repo)}")]
        self.fabrix(
            "release", "new", name, "--from", base, *images, "--author", "author@contoso.example", *options
        ).must()

    def line(self, stack: str) -> str:
        """The release line of a stack file."""
        text = (self.checkout.root / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
        return next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("    release:"))

    def set_line(self, stack: str, value: str) -> None:
        path = self.checkout.root / f"Pulumi.{stack}.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^    release: .*$", f"    release: {value}", text), encoding="utf-8")

    def site(self, stack: str, app: str, slot: str = "") -> str:
        """ARM id of an application's site, or of its slot."""
        code = {"dev": "dev", "test": "tst", "prod": "pro"}[stack]
        kind = "Microsoft.Web/sites/slots" if slot else "Microsoft.Web/sites"
        rows = self.fabrix("azure", "list", kind, "--json").must().document["objects"]
        return next(r["id"] for r in rows if r["type"] == kind and f"-{app}-" in r["id"] and f"-{code}-" in r["id"])

    def images(self, stack: str) -> dict[str, dict[str, str]]:
        """App → {production, staging} → digest that is really there, read from the local Azure itself."""
        code = {"dev": "dev", "test": "tst", "prod": "pro"}[stack]
        found: dict[str, dict[str, str]] = {}
        store = Store(self.checkout.local / "azure.db")
        for kind, where in (("Microsoft.Web/sites", "production"), ("Microsoft.Web/sites/slots", "staging")):
            for record in store.objects(kind):
                app = next(repo.rsplit("/", 1)[-1] for repo in CHANGED if f"-{repo.rsplit('/', 1)[-1]}-" in record.id)
                if f"-{code}-" in record.id:
                    image = dig(plain(record.inputs), "siteConfig.linuxFxVersion")
                    found.setdefault(app, {})[where] = image.rpartition("@")[2]
        store.close()
        return found

    def known_images(self, stack: str) -> dict[str, dict[str, str]]:
        """Return the same as the engine's state knows it."""
        path = self.checkout.local / "state" / ".pulumi" / "stacks" / "aifabrix" / f"{stack}.json"
        found: dict[str, dict[str, str]] = {}
        for entry in json.loads(path.read_text(encoding="utf-8"))["checkpoint"]["latest"]["resources"]:
            where = {"azure-native:web:WebApp": "production", "azure-native:web:WebAppSlot": "staging"}.get(
                entry["type"]
            )
            if where:
                app = next(
                    repo.rsplit("/", 1)[-1] for repo in CHANGED if entry["urn"].endswith(repo.rsplit("/", 1)[-1])
                )
                image = entry["inputs"]["siteConfig"]["linuxFxVersion"]
                found.setdefault(app, {})[where] = image.rpartition("@")[2]
        return found

    def manifest_digests(self, name: str) -> dict[str, str]:
        """App → digest that a release names for it."""
        text = (self.checkout.root / "releases" / f"{name}.yaml").read_text(encoding="utf-8")
        images = YAML(typ="safe").load(text)["images"]
        return {repo.rsplit("/", 1)[-1]: images[repo]["digest"] for repo in CHANGED}

    def snapshot(self, folder: Path) -> None:
        """Keep state, local Azure and stack files, to come back to."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.checkout.root / ".fabrix", folder / ".fabrix", symlinks=True)
        for stack in ("dev", "test", "prod"):
            shutil.copy2(self.checkout.root / f"Pulumi.{stack}.yaml", folder)

    def restore(self, folder: Path) -> None:
        shutil.rmtree(self.checkout.root / ".fabrix")
        shutil.copytree(folder / ".fabrix", self.checkout.root / ".fabrix", symlinks=True)
        for stack in ("dev", "test", "prod"):
            shutil.copy2(folder / f"Pulumi.{stack}.yaml", self.checkout.root)
