"""Settings: what the environment says, what holds when it says nothing, and how a wrong word in it is answered."""

import dataclasses
import os
from pathlib import Path

import pytest

from ledger.config import BadSettings, Settings, unknown_variables
from ledger.proof.policies import Policy

WITNESS = "witness.example.com/w1+a0059f11+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
POLICY = f"witness w1 {WITNESS} https://w1.example\nquorum w1\n"


@pytest.fixture(autouse=True)
def _an_empty_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("LEDGER_")]:
        monkeypatch.delenv(name)


def test_a_service_that_is_told_nothing_keeps_all_it_has_under_var():
    assert Settings.from_environment() == Settings(
        database_url="sqlite:///var/ledger.db",
        read_database_url=None,
        origin="localhost/log",
        signing_key_file=Path("var/signing.key"),
        programmes=(),
        witnesses=Policy(),
        witness_timeout_seconds=2.0,
        publish_seconds=5,
        log_access="open",
        rate_limit=None,
        proxies=0,
        oidc_issuer=None,
        oidc_audience=None,
        oidc_algorithms=("ES256", "RS256", "Ed25519"),
        oidc_role_claim="ledger_role",
        oidc_centre_claim="ledger_centre",
        oidc_region_claim="ledger_region",
    )


def test_every_setting_is_read_from_its_variable(monkeypatch, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "policy").write_text(POLICY)
    told = {
        "LEDGER_DATABASE_URL": "postgresql://ledger:secret@db/ledger",
        "LEDGER_READ_DATABASE_URL": "postgresql+psycopg2://ledger@/ledger?host=/run/pg",
        "LEDGER_ORIGIN": "ledger.example/log",
        "LEDGER_SIGNING_KEY_FILE": "/etc/ledger/key",
        "LEDGER_PROGRAMMES": f"{tmp_path}/a:{tmp_path}/b",
        "LEDGER_WITNESSES": f"{tmp_path}/policy",
        "LEDGER_WITNESS_TIMEOUT_SECONDS": "0.5",
        "LEDGER_PUBLISH_SECONDS": "3600",
        "LEDGER_LOG_ACCESS": "token",
        "LEDGER_RATE_LIMIT": "300",
        "LEDGER_PROXIES": "2",
        "LEDGER_OIDC_ISSUER": "https://login.example/realms/ledger",
        "LEDGER_OIDC_AUDIENCE": "pool-ledger",
        "LEDGER_OIDC_ALGORITHMS": "PS256, ES384,PS256",
        "LEDGER_OIDC_ROLE_CLAIM": "resource_access.pool-ledger.roles",
        "LEDGER_OIDC_CENTRE_CLAIM": "https://ledger.example/centre",
        "LEDGER_OIDC_REGION_CLAIM": "region",
        "LEDGER_COMMAND_LOG": str(tmp_path / "commands.log"),
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment()
    assert settings == Settings(
        database_url=told["LEDGER_DATABASE_URL"],
        read_database_url=told["LEDGER_READ_DATABASE_URL"],
        origin="ledger.example/log",
        signing_key_file=Path("/etc/ledger/key"),
        programmes=(tmp_path / "a", tmp_path / "b"),
        witnesses=Policy.parse(POLICY),
        witness_timeout_seconds=0.5,
        publish_seconds=3600,
        log_access="token",
        rate_limit=300,
        proxies=2,
        oidc_issuer="https://login.example/realms/ledger",
        oidc_audience="pool-ledger",
        oidc_algorithms=("PS256", "ES384"),
        oidc_role_claim="resource_access.pool-ledger.roles",
        oidc_centre_claim="https://ledger.example/centre",
        oidc_region_claim="region",
        command_log=tmp_path / "commands.log",
    )
    assert {f"LEDGER_{f.name.upper()}" for f in dataclasses.fields(settings)} == set(told)


def test_all_that_is_wrong_is_named_in_one_message(monkeypatch, tmp_path):
    monkeypatch.setenv("LEDGER_DATABASE_URL", "mysql://root:hunter2@db/ledger")
    monkeypatch.setenv("LEDGER_READ_DATABASE_URL", "sqlite://")
    monkeypatch.setenv("LEDGER_ORIGIN", "https://ledger.example/log")
    monkeypatch.setenv("LEDGER_SIGNING_KEY_FILE", str(tmp_path))
    monkeypatch.setenv("LEDGER_PROGRAMMES", f"{tmp_path}:{tmp_path}/absent")
    monkeypatch.setenv("LEDGER_WITNESSES", f"{tmp_path}/no-policy")
    monkeypatch.setenv("LEDGER_WITNESS_TIMEOUT_SECONDS", "soon")
    monkeypatch.setenv("LEDGER_PUBLISH_SECONDS", "0")
    monkeypatch.setenv("LEDGER_LOG_ACCESS", "closed")
    monkeypatch.setenv("LEDGER_OIDC_ISSUER", "http://login.example/realms/ledger")
    monkeypatch.setenv("LEDGER_RATE_LIMIT", "0")
    monkeypatch.setenv("LEDGER_PROXIES", "all")
    monkeypatch.setenv("LEDGER_OIDC_ALGORITHMS", "none")
    monkeypatch.setenv("LEDGER_OIDC_AUDIENCE", "a b")
    monkeypatch.setenv("LEDGER_OIDC_ROLE_CLAIM", "a\tb")
    monkeypatch.setenv("LEDGER_OIDC_CENTRE_CLAIM", "a b")
    monkeypatch.setenv("LEDGER_OIDC_REGION_CLAIM", "a" * 201)
    with pytest.raises(BadSettings) as caught:
        Settings.from_environment()
    assert set(caught.value.problems) == {
        "LEDGER_DATABASE_URL",
        "LEDGER_READ_DATABASE_URL",
        "LEDGER_ORIGIN",
        "LEDGER_SIGNING_KEY_FILE",
        "LEDGER_PROGRAMMES",
        "LEDGER_WITNESSES",
        "LEDGER_WITNESS_TIMEOUT_SECONDS",
        "LEDGER_PUBLISH_SECONDS",
        "LEDGER_LOG_ACCESS",
        "LEDGER_RATE_LIMIT",
        "LEDGER_PROXIES",
        "LEDGER_OIDC_ISSUER",
        "LEDGER_OIDC_ALGORITHMS",
        "LEDGER_OIDC_AUDIENCE",
        "LEDGER_OIDC_ROLE_CLAIM",
        "LEDGER_OIDC_CENTRE_CLAIM",
        "LEDGER_OIDC_REGION_CLAIM",
    }
    assert len(str(caught.value).splitlines()) == 1 + len(caught.value.problems)
    assert f"{tmp_path}/absent" in caught.value.problems["LEDGER_PROGRAMMES"]
    assert f"{tmp_path}/no-policy" in caught.value.problems["LEDGER_WITNESSES"]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("ledger.db", id="a bare file name"),
        pytest.param("sqlite:ledger.db", id="no slashes"),
        pytest.param("sqlite:///:memory:", id="a database in memory"),
        pytest.param("sqlite://ledger.db", id="two slashes make the file a host"),
        pytest.param("postgresql+psycopg://db/ledger", id="a driver that is not installed"),
        pytest.param("postgresql://[db/ledger", id="an address that cannot be taken apart"),
    ],
)
def test_a_database_that_could_not_keep_a_ledger_is_refused(monkeypatch, url):
    monkeypatch.setenv("LEDGER_DATABASE_URL", url)
    with pytest.raises(BadSettings, match="LEDGER_DATABASE_URL"):
        Settings.from_environment()


@pytest.mark.parametrize(
    "origin", ["ledger example", "ledger.example/log/", "a+b", "ledger\u00a0log", "ledger\nlog", "http://ledger"]
)
def test_an_origin_that_no_signed_note_could_carry_is_refused(monkeypatch, origin):
    monkeypatch.setenv("LEDGER_ORIGIN", origin)
    with pytest.raises(BadSettings, match="LEDGER_ORIGIN"):
        Settings.from_environment()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("quorum w1\n", "line 1", id="a fault is told with its line"),
        pytest.param(f"witness w1\nnonsense\n{POLICY}", "line 1: .*line 2: ", id="and so is every other one"),
        pytest.param(f"witness w1 {WITNESS} ftp://w1\nquorum w1\n", "url of witness w1", id="an address to ask nobody at"),
        pytest.param(f"witness w1 {WITNESS} https://[w1\nquorum none\n", "url of witness w1", id="an address that is none"),
        pytest.param(f"witness w1 {WITNESS} http://h:99999999\nquorum none\n", "url of witness w1", id="a port that is none"),
        pytest.param(f"witness w1 {WITNESS}\nquorum w1\n", "do not make up the quorum", id="a quorum of those who cannot be asked"),
    ],
)
def test_a_policy_that_could_not_be_followed_is_refused(monkeypatch, tmp_path, text, words):
    (tmp_path / "policy").write_text(text)
    monkeypatch.setenv("LEDGER_WITNESSES", f"{tmp_path}/policy")
    with pytest.raises(BadSettings, match=words):
        Settings.from_environment()


def test_a_policy_that_is_no_text_is_refused(monkeypatch, tmp_path):
    (tmp_path / "policy").write_bytes(b"\xff")
    for path, words in ((tmp_path, "cannot be read"), (tmp_path / "policy", "not UTF-8")):
        monkeypatch.setenv("LEDGER_WITNESSES", str(path))
        with pytest.raises(BadSettings, match=words):
            Settings.from_environment()


def test_a_log_of_commands_that_could_not_be_written_is_refused(monkeypatch, tmp_path):
    for path, words in ((tmp_path, "names a folder"), (tmp_path / "no" / "file", "names a file in a folder that is not there")):
        monkeypatch.setenv("LEDGER_COMMAND_LOG", str(path))
        with pytest.raises(BadSettings, match=f"LEDGER_COMMAND_LOG {words}"):
            Settings.from_environment()


@pytest.mark.parametrize("seconds", ["0", "0.09", "60.1", "nan", "inf", "-1", "1e1", "１", " 2"])
def test_a_time_that_no_witness_could_keep_is_refused(monkeypatch, seconds):
    monkeypatch.setenv("LEDGER_WITNESS_TIMEOUT_SECONDS", seconds)
    with pytest.raises(BadSettings, match="LEDGER_WITNESS_TIMEOUT_SECONDS is not a number of seconds"):
        Settings.from_environment()


@pytest.mark.parametrize("seconds", ["0", "3601", "1.5", "-5", "５", "five"])
def test_a_pause_that_is_none_or_too_long_is_refused(monkeypatch, seconds):
    monkeypatch.setenv("LEDGER_PUBLISH_SECONDS", seconds)
    with pytest.raises(BadSettings, match="LEDGER_PUBLISH_SECONDS is not a whole number of seconds from 1 to 3600"):
        Settings.from_environment()


@pytest.mark.parametrize(
    "issuer",
    [
        "login.example",
        "https://",
        "http://login.example/realms/ledger",
        "http://127.0.0.2.example/realms/ledger",
        "http://127.0.0.1@login.example/",
        "https://user:hunter2@login.example/",
        "https://login.example/?realm=a",
        "https://login.example/?",
        "https://login.example/#a",
        "https://login.example/#",
        "https://login.example/ a",
        "https://login.example:0/",
        "https://[login.example/",
        "file:///etc/passwd",
    ],
)
def test_an_issuer_that_anybody_could_pretend_to_be_is_refused(monkeypatch, issuer):
    monkeypatch.setenv("LEDGER_OIDC_ISSUER", issuer)
    monkeypatch.setenv("LEDGER_OIDC_AUDIENCE", "pool-ledger")
    with pytest.raises(BadSettings, match="LEDGER_OIDC_ISSUER") as caught:
        Settings.from_environment()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "issuer",
    ["https://login.example", "https://login.example:8443/realms/a/", "http://127.0.0.1:8080/realms/a", "http://[::1]/a",
     "http://localhost:8080"],
)  # fmt: skip
def test_an_issuer_is_kept_as_it_is_written(monkeypatch, issuer):
    monkeypatch.setenv("LEDGER_OIDC_ISSUER", issuer)
    monkeypatch.setenv("LEDGER_OIDC_AUDIENCE", "pool-ledger")
    assert Settings.from_environment().oidc_issuer == issuer


@pytest.mark.parametrize("audience", [None, ""])
def test_an_issuer_without_an_audience_is_refused(monkeypatch, audience):
    monkeypatch.setenv("LEDGER_OIDC_ISSUER", "https://login.example")
    if audience is not None:
        monkeypatch.setenv("LEDGER_OIDC_AUDIENCE", audience)
    with pytest.raises(BadSettings, match="LEDGER_OIDC_AUDIENCE is needed with LEDGER_OIDC_ISSUER"):
        Settings.from_environment()


@pytest.mark.parametrize("algorithms", ["none", "HS256", "ES256,HS512", "ES256,none", "es256", "EdDSA", "RSA-OAEP", ",", "ES256,"])
def test_an_algorithm_by_which_others_could_sign_is_refused(monkeypatch, algorithms):
    monkeypatch.setenv("LEDGER_OIDC_ALGORITHMS", algorithms)
    with pytest.raises(BadSettings, match="LEDGER_OIDC_ALGORITHMS names no algorithm that is accepted here"):
        Settings.from_environment()


@pytest.mark.parametrize("number", ["0", "1000001", "1.5", "-5", "５", "ten", "1e3", "10000000"])
def test_a_limit_that_nobody_could_keep_is_refused(monkeypatch, number):
    monkeypatch.setenv("LEDGER_RATE_LIMIT", number)
    with pytest.raises(BadSettings, match="LEDGER_RATE_LIMIT is not a whole number of requests a second from 1 to 1000000"):
        Settings.from_environment()


@pytest.mark.parametrize("number", ["-1", "10", "1.0", "１", "all", "127.0.0.1"])
def test_proxies_are_a_number_of_them(monkeypatch, number):
    monkeypatch.setenv("LEDGER_PROXIES", number)
    with pytest.raises(BadSettings, match="LEDGER_PROXIES is not the number of proxies in front of the service, from 0 to 9"):
        Settings.from_environment()


def test_an_emptied_variable_is_as_good_as_none(monkeypatch):
    for setting in dataclasses.fields(Settings):
        monkeypatch.setenv(f"LEDGER_{setting.name.upper()}", "")
    assert Settings.from_environment() == Settings()


def test_a_password_does_not_show_in_a_traceback(monkeypatch):
    monkeypatch.setenv("LEDGER_DATABASE_URL", "postgresql://ledger:hunter2@db/ledger")
    monkeypatch.setenv("LEDGER_READ_DATABASE_URL", "postgresql://ledger:hunter3@db/ledger")
    assert "hunter" not in repr(Settings.from_environment())


def test_a_setting_cannot_be_changed_once_it_is_read():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().origin = "elsewhere/log"


def test_a_variable_that_is_only_like_one_of_ours_is_told_with_the_one_that_may_be_meant():
    given = {"LEDGER_DATABSE_URL": "", "LEDGER_COLOUR": "", "LEDGER_ORIGIN": "", "LEGER_ORIGIN": "", "PATH": ""}
    assert unknown_variables(given) == [("LEDGER_COLOUR", None), ("LEDGER_DATABSE_URL", "LEDGER_DATABASE_URL")]
