"""Compares the page of the example `observatory`, as a browser has it, with the run's own counters."""

import json
import re
import sys
from html.parser import HTMLParser


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text of its heading."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.heading = ""
        self.in_heading = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.in_heading = tag == "h1"

    def handle_endtag(self, tag):
        self.in_heading = False

    def handle_data(self, data):
        if self.in_heading:
            self.heading += data

    def with_class(self, name):
        return [it for _, it in self.elements if name in it.get("class", "").split()]


def total(counters, metric, **labels):
    """The sum of a metric's series with these labels, by reason."""
    found = {}
    for series, value in counters.items():
        if series.startswith(metric + "{") and all(f'{k}="{v}"' in series for k, v in labels.items()):
            reason = re.search(r'reason="([^"]*)"', series)[1]
            found[reason] = found.get(reason, 0) + value
    return found


def main():
    run = json.load(open(sys.argv[1]))
    page = Page(open(sys.argv[2]).read())
    counters = run["counters"]
    checks = 0

    def same(what, shown, counted):
        nonlocal checks
        checks += 1
        if shown != counted:
            sys.exit(f"{what}: the page shows {shown}, the run counted {counted}")

    refused = total(counters, "tower_bearer_requests_total", outcome="refused")
    by_route = total(counters, "tower_bearer_route_refusals_total")
    for reason, number in by_route.items():
        refused[reason] = refused.get(reason, 0) + number
    shown = {it["data-reason"]: int(it["data-count"]) for _, it in page.elements if "data-reason" in it}
    same("refusals by reason", shown, refused)
    if len(shown) < 10:
        sys.exit(f"an attack, an outage and a lost key have more reasons than {sorted(shown)}")

    admitted = sum(total(counters, "tower_bearer_requests_total", outcome="admitted").values())
    tiles = {it["data-group"]: int(it["data-count"]) for _, it in page.elements if "data-group" in it}
    same("admitted requests", tiles["admitted"], admitted - sum(by_route.values()))
    same("all requests", sum(tiles.values()), admitted + sum(refused.values()) - sum(by_route.values()))
    same("503", tiles["keys"], refused["keys_unavailable"])

    rotations = [(it["data-kid"], int(it["data-minute"])) for it in page.with_class("rotation")]
    same("rotations", rotations, [(it["kid"], it["minute"]) for it in run["rotations"]])
    same("number of rotations", len(rotations), 2)
    for name in ("outage", "attack"):
        band = next(it for it in page.with_class(name) if "data-began" in it)
        ends = {"began": int(band["data-began"]), "ended": int(band["data-ended"])}
        same(f"both ends of the {name}", ends, run[name])
    withdrawal = page.with_class("withdrawal")[0]
    same("the withdrawal", int(withdrawal["data-minute"]), run["withdrawal"])

    same("the heading", page.heading, run["realm"])
    same("scripts", [tag for tag, _ in page.elements if tag in ("script", "link", "img", "iframe")], [])
    outside = [it for _, it in page.elements for name in ("src", "href") if name in it]
    same("resources from elsewhere", outside, [])
    print(f"{checks} comparisons of the page with {len(counters)} counters: no difference")


main()
