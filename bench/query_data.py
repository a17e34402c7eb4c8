"""A PostgreSQL database of our schema, filled by rule: 200,000 incidents with people, items, changes and links."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from domain.incident.model import IncidentState
from domain.people.rules import token_hash
from domain.store.engine import open_database
from domain.store.migrate import upgrade
from domain.store.settings import async_url
from services import postgresql
from services.process import pid_in

FOLDER = Path(__file__).resolve().parents[1] / "build" / "services" / "postgresql"
DATABASE = "headwater_bench_query"
INCIDENTS, PEOPLE, ITEMS, CHANGES, TEAMS = 200_000, 5_000, 20_000, 5_000, 20
ID_LENGTH = 26
STATES = [state.value for state in IncidentState][:5]

_FILL = """
INSERT INTO person (id, name, time_zone, capacity, is_vip, is_active, roles, version)
    SELECT {person}, 'Person ' || n, 'Europe/Zurich', 1, false, true, '[]', 1 FROM generate_series(1, :people) AS n;
INSERT INTO team (id, name, version)
    SELECT {team}, 'Team ' || n, 1 FROM generate_series(1, :teams) AS n;
INSERT INTO team_member (id, team_id, person_id, valid_from)
    SELECT lpad('m' || p, 26, '0'), {team}, lpad('p' || p, 26, '0'), '2026-01-01Z'
    FROM (SELECT p, 1 + p % :teams AS n FROM generate_series(1, :people) AS p) AS drawn;
INSERT INTO ci_class (id, name, is_no_service_expected, version) VALUES ('server', 'server', false, 1);
INSERT INTO ci (id, name, class_name, status, attributes, version)
    SELECT {ci}, 'srv-' || n || '.example.org', 'server', 'IN_SERVICE', '{{}}', 1
    FROM generate_series(1, :items) AS n;
INSERT INTO change (id, number, title, description, type, state, is_irreversible, test_state, rollback_state,
        is_excluded, needs_security_review, recorded_at, version)
    SELECT {change}, 'CHG' || lpad(n::text, 7, '0'), 'Change ' || n, '', 'NORMAL', 'CLOSED', false, 'UNKNOWN',
        'UNKNOWN', false, false, '2026-01-01Z', 1 FROM generate_series(1, :changes) AS n;
INSERT INTO incident (id, number, title, description, state, priority, opened_at, recorded_at, resolved_at, solution,
        reporter_id, assignee_id, team_id, is_restricted, version)
    SELECT {incident}, 'INC' || lpad(n::text, 7, '0'), 'Mail is slow in building ' || n % 997,
        'It takes minutes until a message is shown, since this morning, on every device of team ' || n % 89 || '.',
        (CAST(:states AS text[]))[1 + n % 5], 1 + n / 5 % 4,
        timestamptz '2026-01-01Z' + n * interval '97 seconds', timestamptz '2026-01-01Z' + n * interval '98 seconds',
        CASE WHEN n % 5 = 4 THEN timestamptz '2026-06-01Z' + n * interval '60 seconds' END,
        CASE WHEN n % 5 = 4 THEN 'Restarted the mail gateway.' END,
        lpad('p' || 1 + n * 31 % :people, 26, '0'), lpad('p' || 1 + n * 17 % :people, 26, '0'),
        lpad('t' || 1 + n % :teams, 26, '0'), n / 5 % 4 = 3 AND n % 25 = 0, 1
    FROM generate_series(1, :incidents) AS n;
INSERT INTO incident_ci (id, incident_id, ci_id, recorded_at)
    SELECT lpad('l' || n * 10 + place, 26, '0'), {incident}, lpad('c' || 1 + (n * 7 + place * 1009) % :items, 26, '0'),
        '2026-01-01Z'
    FROM generate_series(1, :incidents) AS n, generate_series(0, 2) AS place;
INSERT INTO incident_change_link (id, incident_id, change_id, type, recorded_at)
    SELECT lpad('k' || n * 10 + place, 26, '0'), {incident}, lpad('h' || 1 + (n * 3 + place * 101) % :changes, 26, '0'),
        'RELATED', timestamptz '2026-02-01Z' + n * interval '11 seconds'
    FROM generate_series(1, :incidents) AS n, generate_series(0, 4) AS place WHERE n / 20 % 4 = 0;
INSERT INTO service_account (id, name, token_hash, role, actor_person_id, created_at, version) VALUES
    ('desk', 'desk', :desk, 'SERVICE_DESK', lpad('p1', 26, '0'), '2026-01-01Z', 1),
    ('admin', 'admin', :admin, 'ADMINISTRATOR', NULL, '2026-01-01Z', 1);
""".format(
    **{
        noun: f"lpad('{letter}' || n, 26, '0')"
        for noun, letter in zip(("person", "team", "ci", "change", "incident"), "ptchi", strict=True)
    }
)
"""Three items an incident, five changes a quarter of them; restricted ones have the lowest priority."""


@contextmanager
def served() -> Iterator[str]:
    """Yield the URL of the server of `make services`; it is started where it does not run, and stopped again then."""
    runs = any(pid_in(data / "postmaster.pid", str(data)) for data in FOLDER.glob("data-*"))
    url = postgresql.start(FOLDER)["HEADWATER_TEST_POSTGRESQL_URL"]
    try:
        yield url
    finally:
        if not runs:
            postgresql.stop(FOLDER)


async def filled(server: str, scale: float) -> str:
    """Return the URL of a new database, filled to that share of its full size."""
    await _run(server, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
    url = make_url(server).set(database=DATABASE).render_as_string(hide_password=False)
    database = open_database(url)
    await upgrade(database)
    sizes = {"incidents": INCIDENTS, "people": PEOPLE, "items": ITEMS, "changes": CHANGES}
    given = {name: max(int(size * scale), 100) for name, size in sizes.items()} | {"teams": TEAMS}
    given |= {"states": STATES, "desk": token_hash("desk"), "admin": token_hash("admin")}  # type: ignore[dict-item]
    async with database.writer.begin() as connection:
        await connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in filter(str.strip, _FILL.split(";")):
            await connection.execute(sa.text(statement), given)
    await database.dispose()
    await _run(url, "VACUUM ANALYZE")
    return url


async def dropped(server: str) -> None:
    """Remove the database."""
    await _run(server, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


async def _run(url: str, *statements: str) -> None:
    engine = create_async_engine(async_url(url), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(sa.text(statement))
    await engine.dispose()
