"""Makes a drawn figure a part of the page: named, told in words, with no style and no id that reaches outside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from alignment_metrics import plots

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"


def inline(svg: str, id: str, *, caption: str, described: Sequence[str]) -> str:
    """The markup of a figure, to be put into a page as it is.

    Parameters
    ----------
    svg : str
        As ``plots.to_svg`` gives it.
    id : str
        What every id in it begins with.
    caption, described : str, sequence of str
        What it shows, and its numbers, for those who cannot see it.
    """
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{SVG}metadata", f"{SVG}style"):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        element.text = (element.text or "").strip() if element.tag not in ("text", "tspan") else element.text
        element.tail = None
        found = {key.removeprefix(XLINK): text for key, text in element.attrib.items()}
        # The page forbids styles but its own sheet; each of these is an attribute as well.
        for rule in found.pop("style", "").split(";"):
            key, _, text = rule.partition(":")
            if key.strip() and key.strip() != "font-family":
                found[key.strip()] = text.strip()
        if element.tag == "g":
            found.pop("id", None)
        for key in ("href", "clip-path"):
            if key in found:
                found[key] = re.sub(r"^(url\(#|#)", rf"\g<1>{id}-", found[key])
        if "id" in found:
            found["id"] = f"{id}-{found['id']}"
        if "d" in found:
            found["d"] = " ".join(re.sub(r"(\.\d\d)\d+", r"\1", found["d"]).split())
        element.attrib.clear()
        element.attrib.update(found)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{id}-title {id}-desc"}
    told = (("desc", ". ".join(described) + "."), ("title", caption))
    for tag, text in told:
        child = ElementTree.Element(tag, {"id": f"{id}-{tag}"})
        child.text = plots.UNPRINTABLE.sub("\ufffd", text)
        root.insert(0, child)
    return ElementTree.tostring(root, encoding="unicode")
