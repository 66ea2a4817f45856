"""AI Fabrix in a customer's Azure tenant: settings → platform → exports."""

import os
from pathlib import Path

import pulumi

from components.platform import Platform
from settings import SettingsError, load

try:
    settings = load.config(Path(__file__).resolve().parent, pulumi.Config("aifabrix").require_object("platform"))
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None

examples = {release.id for release in (settings.release, settings.standby) if release.example}
if examples and os.environ.get("FABRIX_TARGET") != "local":
    raise pulumi.RunError(
        f"release {' and '.join(sorted(examples))}: an example whose image digests exist nowhere; name a published "
        "release, or use the local Azure: ./fabrix up"
    )

images = run_job = None
if not pulumi.runtime.is_dry_run():  # a preview does neither, and does not spend time on loading what does
    from stacks.cloud.jobs import runner
    from stacks.program_images import importer

    images = importer(settings)
    if os.environ.get("FABRIX_TARGET") != "local":  # the local Azure runs no containers
        run_job = runner(settings.installation.tenant_id)

# The command line says so with `--refresh`; with plain Pulumi it is yours to set.
refreshed = os.environ.get("FABRIX_REFRESHED") == "true"
Platform.of(settings, images, run_job, refreshed=refreshed).export()
