"""The renderer: templates in, canonical JSON out, nothing that Terraform would misread."""

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend import render
from headend.errors import HeadendError, UsageError

OUTPUT = "modules/m/rendered/out.json"
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=10,
)
# Text in which Terraform's signs are likely.
signs = st.lists(st.sampled_from(["$", "%", "{", "}", "a", "arn", "${arn}", "${x}", "%{if}", '"', "\\", "\n"])).map(
    "".join
)


def repository(root: Path, **files: str) -> Path:
    """A repository with templates: `t="…"` writes asl_templates/t.json.j2, `macros__m="…"` macros/m.j2."""
    for name, text in files.items():
        path = root / "asl_templates" / (name.replace("__", "/") + (".j2" if "__" in name else ".json.j2"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def one(root: Path, body: str, header: str = "", **values: Any) -> str:
    """Render one template with a header that needs no saying."""
    repository(root, t=f"<#\nrenders: {OUTPUT}\n{header}\n#>\n{body}")
    return render.render_template(root, render.templates(root)[0], values or None)


def failure(root: Path, body: str, header: str = "", **values: Any) -> str:
    with pytest.raises(HeadendError) as error:
        one(root, body, header, **values)
    assert "\n" not in str(error.value)
    return str(error.value)


def unescaped(text: str) -> str:
    """What Terraform's templatefile() makes of text without placeholders: it takes one sign off each escape."""
    return re.sub(r"(\$+|%+)\{", lambda match: match[1][:-1] + "{", text)


# Values


@given(value=json_values)
def test_every_value_arrives_as_the_json_it_is(value: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = one(Path(folder), '{"v": << v >>}', "values: {v: null}", v=value)
    assert json.loads(unescaped(text)) == {"v": value}


def test_a_value_brings_its_own_quotes(tmp_path: Path) -> None:
    assert json.loads(one(tmp_path, '["a" , << v >>]', "values: {v: 'say \"hi\"'}")) == ["a", 'say "hi"']


def test_a_value_inside_quotes_is_no_json(tmp_path: Path) -> None:
    assert "asl_templates/t.json.j2:5: the output is no JSON" in failure(tmp_path, '"<< v >>"', "values: {v: x}")


def test_what_a_macro_writes_is_json_already(tmp_path: Path) -> None:
    repository(tmp_path, macros__m='<! macro pair(a) !>{"a": << a >>}<! endmacro !>')
    assert json.loads(one(tmp_path, '<! import "macros/m.j2" as m !>[<< m.pair("x") >>]')) == [{"a": "x"}]


@pytest.mark.parametrize("hatch", ["safe", "forceescape", "escape", "e"])
def test_there_is_no_way_around_json(tmp_path: Path, hatch: str) -> None:
    assert f"No filter named '{hatch}'" in failure(tmp_path, f"<< v | {hatch} >>", "values: {v: x}")


def test_an_environment_may_ask_for_other_values(tmp_path: Path) -> None:
    assert json.loads(one(tmp_path, "<< v >>", "values: {v: 1}", v=2)) == 2


def test_a_value_that_the_template_does_not_know_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no value 'w': it knows v"):
        one(tmp_path, "<< v >>", "values: {v: 1}", w=2)


# Delimiters and Terraform


def test_jsonata_passes_unchanged_but_for_terraforms_escape(tmp_path: Path) -> None:
    texts = ['{% $merge([$states.input.{"x": 1}]) %}', '{%{"y": $x<%.z}%}', "$.${a}", "<$.resources[0]>"]
    rendered = one(tmp_path, json.dumps(texts))
    assert json.loads(unescaped(rendered)) == texts
    assert "%%{" in rendered
    assert "$${" in rendered


def test_a_declared_placeholder_stays(tmp_path: Path) -> None:
    text = one(tmp_path, '["${arn}", "${arn}:*", "${other}", "%{ if }"]', "placeholders: [arn]")
    assert json.loads(text) == ["${arn}", "${arn}:*", "$${other}", "%%{ if }"]


def test_a_placeholder_outside_a_string_is_refused(tmp_path: Path) -> None:
    assert ":6: the output is no JSON" in failure(tmp_path, '{\n"a": ${arn}}', "placeholders: [arn]")


def test_a_placeholder_that_is_never_used_is_refused(tmp_path: Path) -> None:
    assert "'arn' is declared and never used" in failure(tmp_path, "{}", "placeholders: [arn]")


def test_a_dollar_before_a_placeholder_is_refused(tmp_path: Path) -> None:
    assert "would be Terraform's escape" in failure(tmp_path, '"$${arn}"', "placeholders: [arn]")


@given(text=signs)
def test_no_text_means_anything_to_terraform(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rendered = one(Path(folder), "[<< v >>]", "values: {v: ''}", v=text)
    assert json.loads(unescaped(rendered)) == [text]


@pytest.mark.terraform
def test_terraform_reads_back_what_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    escapes = ["${x}", "$${x}", "$$${x}", "%{if}", "%%{if}", "$%{", "%${", "${", "$.${a}", "{%{ $x }%}", "$ {"]
    texts = ["${arn}", *escapes, "é\n\"'\\"]
    header = "placeholders: [arn]\nvalues: {v: []}"
    (tmp_path / "rendered.json").write_text(one(tmp_path, "<< v >>", header, v=texts), encoding="utf-8")
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    result = subprocess.run(
        ["terraform", f"-chdir={tmp_path}", "console"],
        input='jsonencode(jsondecode(templatefile("rendered.json", {arn = "ARN"})))\n',
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(json.loads(result.stdout)) == ["ARN" if text == "${arn}" else text for text in texts]


# What is wrong, and where


def test_an_undefined_value_names_its_line(tmp_path: Path) -> None:
    message = failure(tmp_path, '{\n"a": 1,\n"b": << missing >>\n}')
    assert message == "asl_templates/t.json.j2:7: 'missing' is undefined: add it to the header's values"


def test_an_undefined_value_in_a_macro_names_the_macros_file_and_line(tmp_path: Path) -> None:
    repository(tmp_path, macros__m="<! macro bad() !>\n1\n<< missing >>\n<! endmacro !>")
    message = failure(tmp_path, '<! import "macros/m.j2" as m !>\n<< m.bad() >>')
    assert message.startswith("asl_templates/macros/m.j2:3: 'missing' is undefined")


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    assert failure(tmp_path, "{\n<! if !>\n}").startswith("asl_templates/t.json.j2:6: ")


def test_broken_json_names_the_template_line_behind_loops(tmp_path: Path) -> None:
    body = "[\n<! for i in [1, 2, 3, 4, 5] !>\n  << i >>,\n<! endfor !>\n  6,,\n  7\n]"
    assert failure(tmp_path, body).startswith("asl_templates/t.json.j2:9: the output is no JSON")


def test_broken_json_from_a_macro_names_the_macros_line(tmp_path: Path) -> None:
    repository(tmp_path, macros__m="<! macro bad() !>\n\n{]\n<! endmacro !>")
    message = failure(tmp_path, '<! import "macros/m.j2" as m !>\n<< m.bad() >>')
    assert message.startswith("asl_templates/macros/m.j2:3: the output is no JSON")


def test_a_duplicate_key_names_its_line(tmp_path: Path) -> None:
    message = failure(tmp_path, '{\n"a": {"x": "a", "b": "x"},\n"b": ["a", "a"],\n"a": 2}')
    assert message == 'asl_templates/t.json.j2:8: the key "a" occurs twice in one object'


def test_a_duplicate_key_is_found_behind_its_escape(tmp_path: Path) -> None:
    assert "occurs twice" in failure(tmp_path, '{"a": 1, "\\u0061": 2}')


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_number_is_refused(tmp_path: Path, number: str) -> None:
    assert "is no JSON number" in failure(tmp_path, f"[{number}]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "the header is missing"),
        ("<# renders: [ #>{}", "the header is no YAML"),
        ("<# hello #>{}", "the header must be YAML"),
        ("<# renders: ../out.json #>{}", "must be a .json file inside the repository"),
        ("<# renders: /etc/out.json #>{}", "must be a .json file inside the repository"),
        ("<#\nrenders: a.json\nplaceholder: [x]\n#>{}", "unknown header key 'placeholder'"),
        ("<#\nrenders: a.json\nplaceholders: [Flow-ARN]\n#>{}", "snake_case"),
        ("<#\nrenders: a.json\nvalues: [x]\n#>{}", "`values` must map"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path: Path, text: str, message: str) -> None:
    repository(tmp_path, t=text)
    with pytest.raises(HeadendError, match=re.escape(message)) as error:
        render.render_all(tmp_path)
    assert str(error.value).startswith("asl_templates/t.json.j2:")


def test_two_templates_for_one_file_are_refused(tmp_path: Path) -> None:
    repository(tmp_path, a="<# renders: x.json #>{}", b="<# renders: x.json #>{}")
    with pytest.raises(HeadendError, match=r"b\.json\.j2:1: x\.json is already rendered by a\.json\.j2"):
        render.render_all(tmp_path)


def test_a_folder_without_templates_is_the_wrong_folder(tmp_path: Path) -> None:
    with pytest.raises(HeadendError, match="from the repository's root"):
        render.render_all(tmp_path)


# Files


def test_what_is_written_is_fresh_and_canonical(tmp_path: Path) -> None:
    repository(tmp_path, t=f'<# renders: {OUTPUT} #>{{"b":"é",    "a":[1]}}')
    assert render.check(tmp_path) == [Path(OUTPUT)]
    assert render.write(tmp_path) == [tmp_path / OUTPUT]
    assert (tmp_path / OUTPUT).read_text(encoding="utf-8") == '{\n  "b": "é",\n  "a": [\n    1\n  ]\n}\n'
    assert (render.check(tmp_path), render.write(tmp_path)) == ([], [])


def test_a_changed_file_is_stale_and_the_message_says_what_to_run(tmp_path: Path) -> None:
    repository(tmp_path, t=f"<# renders: {OUTPUT} #>[]")
    render.write(tmp_path)
    (tmp_path / OUTPUT).write_text("[ ]\n")
    assert render.stale_message(render.check(tmp_path)) == (
        f"stale: {OUTPUT}. Run `{render.REGENERATE}` and commit the result"
    )


def test_an_environments_variant_is_written_only_where_it_differs(tmp_path: Path) -> None:
    repository(tmp_path, t=f"<#\nrenders: {OUTPUT}\nvalues: {{v: 1}}\n#>[<< v >>]")
    variant = tmp_path / "envs/dev/rendered/out.json"
    assert render.write_environment(tmp_path, "dev", {"t": {"v": 1}}) == []
    assert render.write_environment(tmp_path, "dev", {"t": {"v": 2}}) == [variant]
    assert json.loads(variant.read_text()) == [2]
    assert render.write_environment(tmp_path, "dev", {}) == [variant]
    assert not variant.exists()


def test_an_environment_that_names_no_template_is_wrong_use(tmp_path: Path) -> None:
    repository(tmp_path, t=f"<# renders: {OUTPUT} #>[]")
    with pytest.raises(UsageError, match="no template 'u': use one of t"):
        render.render_environment(tmp_path, "dev", {"u": {}})


# Policies

DEFINITION = "modules/m/rendered/save.asl.json"
SENDING = (
    '{"StartAt": "Save", "States": {"Save": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",'
    ' "Parameters": {"QueueUrl": "${queue_url}", "MessageBody": "x"}, "Comment": << comment >>, "End": true}}}'
)


def workflow(header: str, body: str = SENDING) -> str:
    return f"<#\nrenders: {DEFINITION}\nplaceholders: [queue_url]\nvalues: {{comment: a}}\n{header}\n#>\n{body}"


def test_a_definition_s_policy_and_its_reasons_are_rendered_beside_it(tmp_path: Path) -> None:
    repository(tmp_path, t=workflow("arns: {queue_url: queue_arn}"))
    written = {path.name: path for path in render.write(tmp_path)}
    assert sorted(written) == ["save.asl.json", "save.policy.json", "save.policy.md"]
    policy = json.loads(written["save.policy.json"].read_text())
    assert policy["Statement"][0]["Resource"] == ["${queue_arn}"]
    written["save.policy.md"].write_text("edited")
    assert [path.name for path in render.check(tmp_path)] == ["save.policy.md"]


def test_an_environments_variant_has_its_policy_only_where_that_differs(tmp_path: Path) -> None:
    repository(tmp_path, t=workflow("arns: {queue_url: queue_arn}"))
    changed = render.render_environment(tmp_path, "dev", {"t": {"comment": "b"}})
    assert [path.name for path in changed] == ["save.asl.json"]
    optional = SENDING.replace('"End": true', '"Next": "Tell"}, "Tell": << told >>').replace("}}}", "}}")
    told = '{"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {"TopicArn": "a"}, "End": true}'
    repository(
        tmp_path,
        t=workflow(
            "arns: {queue_url: queue_arn}",
            optional.replace(
                "<< told >>", f'<! if comment == "a" !>{{"Type": "Pass", "End": true}}<! else !>{told}<! endif !>'
            ),
        ),
    )
    changed = render.render_environment(tmp_path, "dev", {"t": {"comment": "b"}})
    assert sorted(path.name for path in changed) == ["save.asl.json", "save.policy.json", "save.policy.md"]


@pytest.mark.parametrize(
    ("header", "body", "message"),
    [
        ("arns: [queue_url]", SENDING, "`arns` must map"),
        ("keys: {queue_url: Queue-Key}", SENDING, "`keys` must map"),
        ("arns: {other_url: other_arn}", SENDING, "which the policy does not need"),
        ("", SENDING.replace("sqs:sendMessage", "sqs:sendMesage"), "no permissions can be derived for the state Save"),
    ],
)
def test_what_no_policy_can_be_derived_from_is_refused(tmp_path: Path, header: str, body: str, message: str) -> None:
    repository(tmp_path, t=workflow(header, body))
    with pytest.raises(HeadendError, match=re.escape(message)):
        render.render_all(tmp_path)
