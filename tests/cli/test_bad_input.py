"""Bad input ends with exit code 2 and every error at once, before the engine is started and with nothing created."""


def broken(checkout, *replacements: tuple[str, str], stack: str = "dev"):
    checkout.edit(f"Pulumi.{stack}.yaml", *replacements)
    done = checkout.fabrix("up", stack, "--yes", "--json")
    assert done.code == 2, f"exit {done.code}\n{done.stderr}"
    assert not (checkout.root / ".fabrix" / "local" / "azure.db").exists(), "nothing may be created"
    return done


def test_all_errors_are_reported_at_once_with_file_line_path_found_and_allowed(checkout) -> None:
    done = broken(
        checkout,
        ("size: m", "sise: m"),
        ("environment: dev", "environment: staging"),
        ("edition: enterprise", "edition: gold"),
    )
    problems = done.document["problems"]
    assert len(problems) >= 3
    for problem in problems:
        assert problem["file"] == "Pulumi.dev.yaml" and problem["path"] and problem["allowed"], problem
    assert any(p["line"] for p in problems)
    assert "size" in str(problems), "the nearest right key is named"


def test_a_missing_stack_names_those_that_exist(checkout) -> None:
    done = checkout.fabrix("up", "production", "--yes", "--json").must(2)
    assert "prod" in done.stderr and "Pulumi.production.yaml" in done.stderr


def test_a_stack_file_that_is_no_yaml_is_told_with_its_line(checkout) -> None:
    (checkout.root / "Pulumi.dev.yaml").write_text("config:\n  aifabrix:platform: {size: m\n  edition: [\n")
    done = checkout.fabrix("up", "dev", "--yes", "--json").must(2)
    assert done.document["problems"][0]["line"] >= 2


def test_without_a_terminal_nothing_is_changed_unless_yes_was_said(checkout) -> None:
    done = checkout.fabrix("up", "dev").must(2)
    assert "--yes" in done.stderr


def test_the_example_release_is_refused_on_azure(checkout) -> None:
    done = checkout.fabrix("preview", "dev", "--target", "azure", "--json").must(2)
    assert "example" in done.document["error"]
    assert done.stderr.startswith("Target: Azure (real subscription")


def test_help_lists_the_exit_codes(checkout) -> None:
    text = " ".join(checkout.fabrix("--help").must().stdout.split())
    for words in (
        "0 done",
        "1 the operation failed",
        "2 bad input",
        "3 refused by a policy, a gate or a lock",
        "4 the engine or a tool is missing",
    ):
        assert words in text


def test_an_unknown_command_is_a_usage_error(checkout) -> None:
    checkout.fabrix("deploy", "dev").must(2)


def test_a_broken_waiver_file_stops_before_the_engine_with_its_line(checkout) -> None:
    checkout.edit("policies/waivers.yaml", ("  - rule: PG-05", "  - rule: PG-99"))
    done = checkout.fabrix("preview", "dev", "--json", "--policy-pack", str(checkout.root / "policies")).must(2)
    assert "policies/waivers.yaml:" in done.document["error"]
    assert "PG-99" in done.document["error"]
    assert not (checkout.root / ".fabrix" / "logs" / "dev-preview.jsonl").exists(), "the engine was not asked"
