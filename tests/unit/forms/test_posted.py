"""A browser's form post becomes the answers that JSON would hold."""

from typing import Any

from werkzeug.datastructures import MultiDict

from forms.posted import answers
from forms.validate import validate

VALUES = {"values": [{"value": 1, "label": "一"}, {"value": True, "label": "是"}, {"value": "x", "label": "某"}]}
COMPONENTS: list[dict[str, Any]] = [
    {"key": "title", "label": "标题", "type": "textfield"},
    {"key": "days", "label": "天数", "type": "number"},
    {"key": "contacted", "label": "已联系", "type": "checkbox", "validate": {"required": True}},
    {"key": "unit", "label": "单位", "type": "select", **VALUES},
    {"key": "tags", "label": "标签", "type": "taglist", **VALUES},
    {"key": "at", "label": "时间", "type": "datetime"},
    {"key": "day", "label": "日期", "type": "datetime", "subtype": "date"},
    {"key": "files", "label": "附件", "type": "file"},
    {"key": "place", "label": "位置", "type": "geo"},
]
FORM = {"id": "all", "type": "default", "title": "全部", "components": COMPONENTS}


def test_a_full_post_is_what_json_would_hold() -> None:
    posted = MultiDict(
        [
            ("title", "水管爆裂"),
            ("days", "5"),
            ("contacted", "true"),
            ("unit", "1"),
            ("tags", "true"),
            ("tags", "x"),
            ("at", "2026-03-02T09:00"),
            ("day", "2026-03-02"),
            ("files", "f1"),
            ("place.lat", "34.33"),
            ("place.lng", "108"),
            ("csrf_token", "secret"),
        ]
    )
    found = answers(FORM, posted)
    assert found == {
        "title": "水管爆裂",
        "days": 5,
        "contacted": True,
        "unit": 1,
        "tags": [True, "x"],
        "at": "2026-03-02T09:00:00+08:00",
        "day": "2026-03-02",
        "files": ["f1"],
        "place": {"lat": 34.33, "lng": 108},
    }
    assert validate(FORM, found, {})[1] == {}


def test_an_empty_post_clears_every_field_and_leaves_the_box_unticked() -> None:
    posted = MultiDict([(name, "") for name in ("title", "days", "unit", "at", "day", "files", "place.lat", "place.lng")])
    assert answers(FORM, posted) == {
        "title": None,
        "days": None,
        "contacted": False,
        "unit": None,
        "tags": [],
        "at": None,
        "day": None,
        "files": [],
        "place": None,
    }


def test_what_cannot_be_read_is_left_for_the_check_to_refuse() -> None:
    posted = MultiDict([("days", "五"), ("unit", "y"), ("at", "明天"), ("place.lat", "北"), ("extra", "1")])
    errors = validate(FORM, answers(FORM, posted), {})[1]
    assert set(errors) == {"days", "unit", "at", "place", "extra"}


def test_a_moment_that_already_has_an_offset_keeps_it() -> None:
    assert answers(FORM, MultiDict([("at", "2026-03-02T09:00:00+09:00")]))["at"] == "2026-03-02T09:00:00+09:00"
