"""The images that a stack needs in its own registry: what is there, and the import of what is not.

Images are imported by digest through the control plane, so the registry stays private. On Azure nobody outside its
network can list them; what was imported is recorded beside the state, with the time at which the registry was created:
a registry that was destroyed and created again is empty.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from records import locations
from records.documents import Changed, Documents, Exists
from settings import PlatformSettings
from settings.data import RegistrySource
from settings.needed_images import NeededImage
from stacks.cloud.model import Cloud, ImageImport
from stacks.cloud.open import open_cloud
from support.errors import Exit, OperationError
from targets.name import TargetName
from targets.target import Target

AT_ONCE = 4
"""Imports at the same time."""
ASSUMED = RegistrySource(registry="images.vendor.example")
"""Source of a local run whose stack file names none; the local Azure takes it to have every image."""
PRESENT, RECORDED, MISSING = "present", "recorded", "missing"
"""The registry says so; an import by this program says so; neither does."""


@dataclass(frozen=True)
class ImageStock:
    """The images of one stack, and where they are kept."""

    stack: str
    settings: PlatformSettings
    cloud: Cloud
    documents: Documents | None
    """Where imports are recorded; None where the registry itself can be asked, or nothing can be recorded."""
    source: RegistrySource | None

    @classmethod
    def of(cls, stack: str, target: Target, settings: PlatformSettings) -> ImageStock:
        """Open the images of ``stack``; no request is sent yet."""
        local = target.name is TargetName.LOCAL
        source = settings.image_source or (ASSUMED if local else None)
        return cls(stack, settings, open_cloud(target, settings), None if local else _documents(target), source)

    def states(self) -> dict[NeededImage, str]:
        """Return each needed image with its state; all are missing where there is no registry.

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        needed, created = self.settings.images, self.created()
        if not created:
            return dict.fromkeys(needed, MISSING)
        known = self.cloud.image_digests(self.settings.registry_id)
        if known is not None:
            return {image: PRESENT if image.reference in known else MISSING for image in needed}
        recorded = self._recorded(created)
        return {image: RECORDED if image.reference in recorded else MISSING for image in needed}

    def created(self) -> str:
        """Return when the registry was created; empty if it does not exist."""
        return self.cloud.registry_created(self.settings.registry_id)

    def import_missing(self, report: Callable[[str], None]) -> list[NeededImage]:
        """Import what is missing and return it; what is there already is left alone.

        All that can be imported is, before what cannot be is reported together.

        Raises:
            OperationError: exit code 2, nothing says where images come from, or how to log in there; 1, some cannot be
                imported: all of them, each with its reason.
        """
        missing = [image for image, state in self.states().items() if state == MISSING]
        if not missing:
            return []
        source = self.source
        if source is None:
            raise OperationError(no_source(self.stack, missing), Exit.BAD_INPUT)
        password = _password(source, self.stack)
        report(f"importing {len(missing)} images from {source.registry}")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            problems = list(pool.map(lambda image: self._import(image, source, password, report), missing))
        done = [image for image, problem in zip(missing, problems, strict=True) if not problem]
        self._record(done)
        if failed := [f"  {image.reference}: {why}" for image, why in zip(missing, problems, strict=True) if why]:
            lines = "\n".join(failed)
            raise OperationError(
                f"{len(failed)} of {len(missing)} images cannot be imported from {source.registry}:\n{lines}\n"
                f"Put them there, or correct data.registry.source in Pulumi.{self.stack}.yaml or the digests in "
                f"releases/{self.settings.release.id}.yaml; then `./fabrix images import {self.stack}`, or the same "
                "command again, imports the rest."
            )
        return done

    def import_before(self, report: Callable[[str], None]) -> None:
        """Import into a registry that exists before anything else is changed, as :meth:`import_missing`.

        A registry that does not exist yet is filled by the program, between its creation and that of the sites.
        """
        if self.source is None:
            report(f"no image is imported: Pulumi.{self.stack}.yaml names no data.registry.source")
        elif self.created():
            self.import_missing(report)

    def _import(self, image: NeededImage, source: RegistrySource, password: str, report: Callable[[str], None]) -> str:
        """Import one image; return why it cannot be imported, empty if it is there now."""
        wanted = ImageImport(
            source=source.registry,
            image="/".join(filter(None, (source.prefix.strip("/"), image.reference))),
            repository=image.repository,
            tag=image.tag,
            username=source.username or "",
            password=password,
        )
        try:
            new = self.cloud.import_image(self.settings.registry_id, wanted)
        except OperationError as error:
            return str(error)
        report(f"  {image.reference}: {'imported' if new else 'was there'}")
        return ""

    # What was imported

    @property
    def _document(self) -> str:
        return f"images/{self.stack}.json"

    def _recorded(self, created: str) -> frozenset[str]:
        document = self.documents.read(self._document) if self.documents else None
        content = json.loads(document.content) if document else {}
        mine = content.get("registry") == self.settings.registry_id and content.get("created") == created
        return frozenset(content.get("images") or ()) if mine else frozenset()

    def _record(self, images: Iterable[NeededImage]) -> None:
        """Add what was imported to the record; a lost record costs a question to Azure and nothing else."""
        if self.documents is None:
            return
        created = self.created()
        known = sorted(self._recorded(created) | {image.reference for image in images})
        content = json.dumps({"registry": self.settings.registry_id, "created": created, "images": known}).encode()
        document = self.documents.read(self._document)
        try:
            if document is None:
                self.documents.create(self._document, content)
            else:
                self.documents.replace(self._document, content, document.etag)
        except (Changed, Exists):
            return


def no_source(stack: str, missing: Iterable[NeededImage]) -> str:
    """Say that nothing names a source, and which images that concerns."""
    listed = "\n".join(f"  {image.reference}" for image in missing)
    return (
        f"Pulumi.{stack}.yaml names no source of images, and these are not known to be in the registry:\n{listed}\n"
        "Set data.registry.source, e.g. `source: {registry: images.contoso.example}`, or put them in yourself."
    )


def _documents(target: Target) -> Documents | None:
    try:
        return locations.documents_of(target)
    except OperationError:
        return None


def _password(source: RegistrySource, stack: str) -> str:
    """Return the password of the source from the environment.

    Raises:
        OperationError: exit code 2, it is not there.
    """
    if source.username is None:
        return ""
    password = os.environ.get(source.password_variable, "")
    if not password:
        raise OperationError(
            f"the password of {source.username} at {source.registry} is missing: set the environment variable "
            f"{source.password_variable}, which data.registry.source.passwordVariable in Pulumi.{stack}.yaml names.",
            Exit.BAD_INPUT,
        )
    return password
