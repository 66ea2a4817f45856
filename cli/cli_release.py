"""``fabrix release …``: manifests of releases."""

from typing import Annotated, Optional

import typer

from cli.options import Json

release = typer.Typer(no_args_is_help=True, help="Make, show, verify and compare the manifests of releases.")
app = release

Identity = Annotated[str, typer.Argument(metavar="ID", help="Release: the name of a file in releases/.")]
Many = Optional[list[str]]  # noqa: UP045 - typer reads Optional at run time
Word = Optional[str]  # noqa: UP045
Number = Optional[int]  # noqa: UP045


@release.command("new")
def release_new(
    identity: Identity,
    base: Annotated[Word, typer.Option("--from", metavar="ID", help="Release to start from; the newest.")] = None,
    image: Annotated[
        Many, typer.Option("--image", metavar="REPO=VERSION@DIGEST", help="An image that differs; may be repeated.")
    ] = None,
    summary: Annotated[Word, typer.Option("--summary", help="What is in it, in one line.")] = None,
    level: Annotated[Number, typer.Option("--level", min=1, help="Level of the database's schema.")] = None,
    readable_from: Annotated[
        Number, typer.Option("--readable-from", min=1, help="Lowest level whose releases still work on that schema.")
    ] = None,
    author: Annotated[
        Many, typer.Option("--author", help="A name that you go by (e-mail, login); may be repeated; git's by default.")
    ] = None,
    change: Annotated[Many, typer.Option("--change", help="A line of the changelog; may be repeated.")] = None,
    way_back: Annotated[
        Many, typer.Option("--way-back", help="swap, release or restore; may be repeated; as in the one of before.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the manifest of a new release.

    Components and policy pack are those of this checkout; what is not given is as in the release before.
    """
    from cli.commands import release as command
    from promotion.release.draft import Wish

    command.new(
        Wish(
            id=identity,
            base=base,
            images=image or [],
            summary=summary,
            level=level,
            readable_from=readable_from,
            authors=author or [],
            changelog=change or [],
            way_back=way_back or [],
        ),
        as_json=as_json,
    )


@release.command("show")
def release_show(
    identity: Annotated[Word, typer.Argument(metavar="ID", help="Release; a list of all if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Show what is in a release, and its hash."""
    from cli.commands import release as command

    command.show(identity, as_json=as_json)


@release.command("verify")
def release_verify(
    identity: Identity,
    registry: Annotated[
        Many,
        typer.Option(
            "--registry", metavar="HOST", help="Registry to look into; may be repeated; those of all stacks by default."
        ),
    ] = None,
    expected: Annotated[Word, typer.Option("--hash", metavar="SHA256", help="Hash that it must have.")] = None,
    as_json: Json = False,
) -> None:
    """Check a release and its images.

    Against this checkout and its stacks, and against the registries that can be reached: that each image exists, who
    signed it, what is inside it. What cannot be checked from here says why; it fails nothing.
    """
    from cli.commands import release as command

    command.verify(identity, registry or [], expected, as_json=as_json)


@release.command("diff")
def release_diff(
    before: Annotated[str, typer.Argument(metavar="A", help="Release.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Release.")],
    as_json: Json = False,
) -> None:
    """Say what differs between two releases."""
    from cli.commands import release as command

    command.diff(before, after, as_json=as_json)
