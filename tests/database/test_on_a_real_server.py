"""What the SQL does on a real PostgreSQL, run by an administrator who is no superuser."""

from __future__ import annotations

import psycopg
import pytest

from database.sql import install_sql, mark, password_variable
from tests.database.scene import KEYCLOAK, NAMES, VECTOR, WANTED, database, everything, install, passwords, refusal
from tests.postgresql import ADMINISTRATOR, PASSWORD, PostgreSql

pytestmark = pytest.mark.slow


def test_the_server_is_like_azures(postgresql: PostgreSql) -> None:
    with postgresql.connect(ADMINISTRATOR, PASSWORD) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreaterole, current_setting('password_encryption'), s.version FROM pg_roles, "
            "pg_stat_ssl s WHERE rolname = current_user AND s.pid = pg_backend_pid()"
        ).fetchone()
    assert row == (False, True, "scram-sha-256", "TLSv1.3")
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba.conf entry.*no encryption"):
        postgresql.connect(ADMINISTRATOR, PASSWORD, sslmode="disable")


def test_an_application_owns_its_database_and_can_work_in_it(installed: PostgreSql) -> None:
    with installed.connect(VECTOR.owner, f"{VECTOR.owner}-1", VECTOR.name) as connection:
        connection.execute("CREATE SCHEMA own")
        connection.execute("CREATE TABLE items (id int, embedding vector(3))")
        connection.execute("CREATE INDEX ON items USING hnsw (embedding vector_l2_ops)")
        connection.execute("INSERT INTO items VALUES (1, '[1,2,3]'), (2, '[9,9,9]')")
        nearest = connection.execute("SELECT id FROM items ORDER BY embedding <-> '[1,2,2]' LIMIT 1").fetchone()
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")  # what many applications do when they start
    assert nearest == (1,)


def test_what_the_second_login_makes_belongs_to_the_owner(installed: PostgreSql) -> None:
    with installed.connect(KEYCLOAK.second, f"{KEYCLOAK.second}-1", KEYCLOAK.name) as connection:
        connection.execute("CREATE TABLE realm (id int)")
        connection.execute("DISCARD ALL")  # connection pools do this between two users of a connection
        connection.execute("CREATE TABLE client (id int)")
    with installed.connect(KEYCLOAK.owner, f"{KEYCLOAK.owner}-1", KEYCLOAK.name) as connection:
        rows = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
        connection.execute("ALTER TABLE realm ADD COLUMN name text")
        connection.execute("DROP TABLE client")
    assert rows == [(KEYCLOAK.owner,)]


def test_an_application_is_refused_anothers_database(installed: PostgreSql) -> None:
    for login in VECTOR.logins:
        with pytest.raises(psycopg.OperationalError, match='permission denied for database "keycloak"'):
            installed.connect(login, f"{login}-1", KEYCLOAK.name)


def test_nobody_has_rights_for_being_on_the_server(installed: PostgreSql) -> None:
    with installed.superuser() as connection:
        connection.execute(f"CREATE ROLE visitor_user LOGIN PASSWORD '{PASSWORD}'".encode())
    for name in NAMES:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            installed.connect("visitor_user", PASSWORD, name)
        with installed.superuser(name) as connection:
            row = connection.execute(
                "SELECT has_database_privilege('public', current_database(), 'CONNECT'), "
                "has_database_privilege('public', current_database(), 'TEMP'), "
                "has_schema_privilege('public', 'public', 'USAGE')"
            ).fetchone()
        assert row == (False, False, False)


def test_functions_of_an_application_are_its_own(installed: PostgreSql) -> None:
    with installed.connect(KEYCLOAK.owner, f"{KEYCLOAK.owner}-1", KEYCLOAK.name) as connection:
        connection.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        row = connection.execute("SELECT has_function_privilege('public', 'one()', 'EXECUTE')").fetchone()
    assert row == (False,)


def test_a_role_may_administer_nothing(installed: PostgreSql) -> None:
    with installed.connect(KEYCLOAK.owner, f"{KEYCLOAK.owner}-1", KEYCLOAK.name) as connection:
        for statement in ("CREATE ROLE more", "CREATE DATABASE more", "ALTER SYSTEM SET work_mem = '1GB'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_administrator_sees_no_data_unless_it_lets_itself_in(installed: PostgreSql) -> None:
    with installed.connect(KEYCLOAK.owner, f"{KEYCLOAK.owner}-1", KEYCLOAK.name) as connection:
        connection.execute("CREATE TABLE realm (id int)")
    for administrator in (ADMINISTRATOR, "entraadmin"):
        with installed.connect(administrator, PASSWORD, KEYCLOAK.name) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT * FROM public.realm")
            connection.execute(f"GRANT {KEYCLOAK.owner} TO CURRENT_USER".encode())
            assert connection.execute("SELECT * FROM public.realm").fetchall() == []


def test_extensions_are_there(installed: PostgreSql) -> None:
    for wanted in WANTED:
        with installed.superuser(wanted.name) as connection:
            found = {row[0] for row in connection.execute("SELECT extname FROM pg_extension").fetchall()}
        assert found == {"plpgsql", *wanted.extensions}


def test_each_database_says_which_sql_ran(installed: PostgreSql) -> None:
    assert {row[3] for row in everything(installed)["databases"] if row[0] in NAMES} == {mark(WANTED)}


@pytest.mark.parametrize("user", [ADMINISTRATOR, "entraadmin"])
def test_a_second_run_changes_nothing(installed: PostgreSql, user: str) -> None:
    before = everything(installed, with_passwords=False)
    install(installed, user=user)
    assert everything(installed, with_passwords=False) == before
    for login in KEYCLOAK.logins:
        installed.connect(login, f"{login}-1", KEYCLOAK.name).close()


def test_it_goes_on_where_an_interrupted_run_stopped(server: PostgreSql) -> None:
    script = install_sql(WANTED)
    first, second = (f'\\connect "{one.name}"' for one in WANTED)
    assert script.index(first) < script.index(second)
    cut = script[: script.index(second)] + "SELECT 1/0;\n"
    assert server.run(cut, passwords(WANTED)).returncode == 3
    install(server)
    test_an_application_is_refused_anothers_database(server)


def test_a_database_more_is_added_beside_the_others(installed: PostgreSql) -> None:
    with installed.connect(ADMINISTRATOR, PASSWORD) as connection:
        connection.execute("CREATE DATABASE claims")
    claims = database("claims")
    install(installed, (*WANTED, claims))
    installed.connect(claims.owner, f"{claims.owner}-1", "claims").close()
    test_an_application_owns_its_database_and_can_work_in_it(installed)


def test_a_database_without_a_schema_public_gets_one(server: PostgreSql) -> None:
    with server.superuser(KEYCLOAK.name) as connection:
        connection.execute("DROP SCHEMA public")
    install(server)
    with server.connect(KEYCLOAK.owner, f"{KEYCLOAK.owner}-1", KEYCLOAK.name) as connection:
        connection.execute("CREATE TABLE realm (id int)")


def test_quotes_and_signs_in_a_password_are_its_own(server: PostgreSql) -> None:
    odd = "it's \"$1\" \\ :'x' ; -- ~"
    done = server.run(install_sql(WANTED), {**passwords(WANTED), password_variable(KEYCLOAK.owner): odd})
    assert done.returncode == 0, done.stderr
    server.connect(KEYCLOAK.owner, odd, KEYCLOAK.name).close()


def test_refuses_a_missing_password(server: PostgreSql) -> None:
    before = everything(server)
    given = passwords(WANTED)
    del given[password_variable(KEYCLOAK.owner)]
    done = server.run(install_sql(WANTED), given)
    assert done.returncode == 3
    assert "PASSWORD_KEYCLOAK_USER with a password is missing" in done.stderr
    assert everything(server) == before


def test_refuses_a_missing_database(server: PostgreSql) -> None:
    assert "database nowhere does not exist" in refusal(server, (*WANTED, database("nowhere")))


def test_refuses_a_database_of_somebody_else(server: PostgreSql) -> None:
    with server.superuser() as connection:
        connection.execute("ALTER DATABASE keycloak OWNER TO stranger")
    said = refusal(server)
    assert "database keycloak belongs to stranger" in said
    assert "ALTER DATABASE keycloak OWNER TO fabrixadmin" in said


def test_refuses_a_database_with_objects_of_somebody_else(server: PostgreSql) -> None:
    with server.superuser(KEYCLOAK.name) as connection:
        connection.execute("CREATE TABLE ledger (id int); ALTER TABLE ledger OWNER TO stranger")
    assert "database keycloak holds 1 objects of stranger" in refusal(server)


def test_refuses_a_role_that_somebody_else_made(server: PostgreSql) -> None:
    with server.connect("stranger", PASSWORD) as connection:
        connection.execute("CREATE ROLE keycloak_user LOGIN")
    assert "role keycloak_user exists and fabrixadmin may not administer it" in refusal(server)


def test_refuses_a_role_with_rights_on_the_server(server: PostgreSql) -> None:
    with server.connect(ADMINISTRATOR, PASSWORD) as connection:
        connection.execute("CREATE ROLE keycloak_user LOGIN CREATEDB")
    assert "role keycloak_user has more rights" in refusal(server)


def test_refuses_a_role_that_owns_something_elsewhere(server: PostgreSql) -> None:
    with server.connect(ADMINISTRATOR, PASSWORD) as connection:
        connection.execute("CREATE ROLE keycloak_user LOGIN; GRANT keycloak_user TO fabrixadmin")
        connection.execute("CREATE DATABASE elsewhere OWNER keycloak_user")
    assert "role keycloak_user owns 1 objects in database elsewhere" in refusal(server)


def test_names_every_problem_at_once(server: PostgreSql) -> None:
    with server.superuser() as connection:
        connection.execute("ALTER DATABASE keycloak OWNER TO stranger; CREATE ROLE data_plane_vector_user SUPERUSER")
    said = refusal(server)
    assert "keycloak belongs to stranger" in said
    assert "data_plane_vector_user has more rights" in said


def test_takes_over_a_database_that_an_operator_set_up_by_hand(server: PostgreSql) -> None:
    """Stacks from before the job exist: a person made the roles as the output ``databaseRoles`` said."""
    with server.connect(ADMINISTRATOR, PASSWORD) as connection:
        connection.execute("CREATE ROLE keycloak_user LOGIN PASSWORD 'by hand'; GRANT keycloak_user TO fabrixadmin")
        connection.execute("ALTER DATABASE keycloak OWNER TO keycloak_user")
    with server.connect("keycloak_user", "by hand", KEYCLOAK.name) as connection:
        connection.execute("CREATE TABLE realm (id int); INSERT INTO realm VALUES (7)")
    install(server)
    with server.connect(KEYCLOAK.second, f"{KEYCLOAK.second}-1", KEYCLOAK.name) as connection:
        assert connection.execute("SELECT id FROM realm").fetchall() == [(7,)]
