"""``fabrix schema``."""

import sys

from cli.options import Output, new_app
from settings.schema import schema_json

app = new_app()


@app.command()
def schema(output: Output = None) -> None:
    """Write the JSON Schema of stack files, for editors."""
    if output is None:
        sys.stdout.write(schema_json())
        return
    output.write_text(schema_json(), encoding="utf-8")
    sys.stderr.write(f"wrote {output}\n")
