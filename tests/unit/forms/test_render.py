"""How a page shows a form: native inputs, everything described, nothing inline."""

from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader
from lxml import html

from forms import messages
from forms.messages import Message
from forms.render import TEMPLATES, view

VALUES = {"values": [{"value": "accept", "label": "接收", "label_en": "Accept"}, {"value": "return", "label": "退单"}]}
FORM: dict[str, Any] = {
    "id": "all",
    "type": "default",
    "title": "确认",
    "title_en": "Acknowledge",
    "components": [
        {"key": "outcome", "label": "处理", "label_en": "Outcome", "type": "radio", "validate": {"required": True}, **VALUES},
        {"key": "reason", "label": "理由", "type": "textarea", "hideIf": '=outcome != "return"', "validate": {"required": True}},
        {"key": "contact_phone", "label": "电话", "type": "textfield", "description": "固定电话带区号", "validate": {"required": True}},
        {"key": "days", "label": "天数", "type": "number", "validate": {"min": 1, "max": 10}, "decimalDigits": 0},
        {"key": "met", "label": "已到场", "type": "checkbox"},
        {"key": "tags", "label": "标签", "type": "checklist", **VALUES},
        {
            "key": "unit",
            "label": "单位",
            "type": "select",
            "values": [{"value": "a", "label": "甲", "group": "城区"}, {"value": "b", "label": "乙", "group": "县"}],
        },
        {"key": "day", "label": "日期", "type": "datetime", "subtype": "date"},
        {"key": "at", "label": "时间", "type": "datetime"},
        {"key": "files", "label": "附件", "type": "file"},
        {"key": "place", "label": "位置", "type": "geo"},
        {"key": "sheet", "label": "档案", "type": "textarea", "prefill": "=1", "readonly": True},
    ],
}


def page(data: dict[str, Any] | None = None, errors: dict[str, str] | None = None, **options: Any) -> html.HtmlElement:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    template = environment.from_string(
        '{% from "forms/form.html" import fields, summary %}<form>{{ summary(view) }}{{ fields(view) }}</form>'
    )
    return html.fromstring(template.render(view=view(FORM, data or {}, errors, **options)))


def control(tree: html.HtmlElement, key: str) -> html.HtmlElement:
    found: html.HtmlElement = tree.get_element_by_id(f"f-{key}")
    return found


def test_every_input_is_native_and_has_a_label_of_its_own() -> None:
    tree = page()
    controls = tree.xpath("//input | //select | //textarea")
    assert {element.get("type", element.tag) for element in controls} == {
        "radio",
        "textarea",
        "tel",
        "number",
        "checkbox",
        "select",
        "date",
        "datetime-local",
        "file",
    }
    for element in controls:
        assert tree.xpath("//label[@for=$id]", id=element.get("id")), element.get("id")
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_nothing_is_inline() -> None:
    tree = page(errors={"days": messages.NOT_NUMBER})
    assert tree.xpath("//script | //style | //@style | //@*[starts-with(name(), 'on')]") == []


def test_groups_of_choices_have_a_legend() -> None:
    assert [legend.text_content().strip().split()[0] for legend in page().xpath("//fieldset/legend")] == ["处理", "标签", "位置"]


def test_what_was_answered_is_shown_again() -> None:
    data = {
        "outcome": "return",
        "reason": "不属于\n本单位",
        "contact_phone": "12345",
        "days": 3,
        "met": True,
        "tags": ["accept"],
        "unit": "b",
        "day": "2026-03-02",
        "at": "2026-03-02T01:00:00+00:00",
        "files": ["f1"],
        "place": {"lat": 34.5, "lng": 108.5},
    }
    tree = page(data)
    assert tree.xpath("//input[@type='radio'][@checked]/@value") == ["return"]
    assert control(tree, "reason").text.strip() == "不属于\n本单位"
    assert [control(tree, key).get("value") for key in ("contact_phone", "days", "day", "at")] == [
        "12345",
        "3",
        "2026-03-02",
        "2026-03-02T09:00",
    ]
    assert control(tree, "met").get("checked") is not None
    assert tree.xpath("//input[@name='tags'][@checked]/@value") == ["accept"]
    assert tree.xpath("//select/optgroup[option[@selected]]/@label") == ["县"]
    assert tree.xpath("//input[@name='files'][@type='checkbox']/@value") == ["f1"]
    assert tree.xpath("//input[starts-with(@name, 'place.')]/@value") == ["34.5", "108.5"]


def test_an_error_stands_at_its_field_and_describes_it() -> None:
    tree = page(errors={"contact_phone": messages.NOT_PHONE})
    phone = control(tree, "contact_phone")
    assert phone.get("aria-invalid") == "true"
    assert phone.get("aria-describedby") == "f-contact_phone-error f-contact_phone-hint"
    assert tree.get_element_by_id("f-contact_phone-error").text == messages.NOT_PHONE.zh


def test_an_error_of_a_group_describes_the_group() -> None:
    group = page(errors={"outcome": messages.REQUIRED}).xpath("//fieldset[@role='radiogroup']")[0]
    assert (group.get("aria-invalid"), group.get("aria-describedby")) == ("true", "f-outcome-error")


def test_the_summary_leads_to_each_wrong_field_and_names_unknown_ones() -> None:
    tree = page(errors={"outcome": messages.REQUIRED, "place": messages.NOT_PLACE, "b": messages.UNKNOWN_KEY})
    summary = tree.xpath("//*[@role='alert']")[0]
    links = [href.removeprefix("#") for href in summary.xpath(".//a/@href")]
    assert links == ["f-outcome", "f-place"]
    assert all(tree.get_element_by_id(link).tag == "input" for link in links)
    assert "b: 表单中没有这一项。" in summary.text_content()


def test_a_page_in_english_says_everything_in_english_that_the_form_has() -> None:
    tree = page(errors={"outcome": messages.REQUIRED}, language="en")
    assert "Outcome" in tree.xpath("//legend")[0].text_content()
    assert "Accept" in tree.text_content()
    assert tree.get_element_by_id("f-outcome-error").text == messages.REQUIRED.en
    assert view(FORM, {}, language="en").title == "Acknowledge"


def test_the_browser_requires_only_what_cannot_be_hidden() -> None:
    tree = page()
    assert control(tree, "contact_phone").get("required") is not None
    assert control(tree, "reason").get("required") is None
    assert '"key":"outcome"' in tree.get_element_by_id("f-reason-field").get("data-hide-if")


def test_numbers_carry_their_range() -> None:
    days = control(page(), "days")
    assert (days.get("min"), days.get("max"), days.get("step")) == ("1", "10", "1")


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>', "</textarea><b>"])
def test_whatever_a_citizen_wrote_stays_text(text: str) -> None:
    tree = page({"reason": text, "contact_phone": text}, {"days": Message(text, text)})
    assert tree.xpath("//script | //b") == []
    assert control(tree, "contact_phone").get("value") == text


def test_two_forms_on_one_page_keep_their_ids_apart() -> None:
    assert view(FORM, {}, prefix="g-").widgets[0].id == "g-outcome"


def test_what_is_only_shown_cannot_be_typed_over() -> None:
    shown = page({"sheet": "李奶奶"})
    assert [field.get("name") for field in shown.xpath("//*[@readonly]")] == ["sheet"]
