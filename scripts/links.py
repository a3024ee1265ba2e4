#!/usr/bin/env python3
"""Checks the relative links and the anchors of every Markdown file in the repository: python3 scripts/links.py

Links between Rust items are checked by rustdoc (`cargo doc` with `-D warnings`). Nothing is fetched.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")


def without_code(text: str) -> str:
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", lambda code: "x" * len(code.group()), text)


def anchors(file: pathlib.Path) -> set[str]:
    """The anchors of a file's headings, as GitHub and rustdoc make them."""
    text = re.sub(r"^```.*?^```", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6}\s+(.*)$", text, flags=re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(slug)
    return found


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    broken = []
    links = 0
    for name in listed.stdout.split():
        file = ROOT / name
        for target in LINK.findall(without_code(file.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            links += 1
            path, _, anchor = target.partition("#")
            aim = (file.parent / path).resolve() if path else file
            if not aim.exists():
                broken.append(f"{name}: {target}: there is no such file")
            elif anchor and aim.suffix == ".md" and anchor not in anchors(aim):
                broken.append(f"{name}: {target}: there is no such heading")
    for line in broken:
        print(line, file=sys.stderr)
    print(f"{links} relative links, {len(broken)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
