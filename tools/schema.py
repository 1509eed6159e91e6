"""Write the JSON Schema of agreements' files, which editors check them with."""

from __future__ import annotations

import json
from pathlib import Path

from dmz.agreement import json_schema

SCHEMA = Path(__file__).parent.parent / "seeds" / "agreement.schema.json"


def text() -> str:
    """Return the schema as it is kept."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(), encoding="utf-8")
