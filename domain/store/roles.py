"""Who may do what in a PostgreSQL database: three roles with the least rights that their work needs."""

import re
from string import Template

from domain.kernel.errors import InvalidInput

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_SCRIPT = Template("""\
-- Roles of a Headwater database. Run it in that database, as a superuser or its owner with CREATEROLE: it may be run
-- again at any time. Give the roles passwords afterwards (psql: \\password $app); none is set here.
--   $owner  owns the tables and runs `headwater database upgrade`
--   $app  is what the API and the workers connect as: rows, no tables, and no event is ever deleted
--   $reader  reads everything and writes nothing: reports, backups of rows
DO $$$$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['$owner', '$app', '$reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', role);
        END IF;
    END LOOP;
END $$$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO $owner;
GRANT USAGE ON SCHEMA public TO $app, $reader;
DO $$$$
DECLARE owned record;
BEGIN
    FOR owned IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO $owner', owned.name);
    END LOOP;
END $$$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO $app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO $app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO $reader;
ALTER ROLE $app SET lock_timeout = '30s';
ALTER ROLE $app SET idle_in_transaction_session_timeout = '5min';
ALTER DEFAULT PRIVILEGES FOR ROLE $owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO $app;
ALTER DEFAULT PRIVILEGES FOR ROLE $owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO $app;
ALTER DEFAULT PRIVILEGES FOR ROLE $owner IN SCHEMA public GRANT SELECT ON TABLES TO $reader;
DO $$$$
BEGIN
    IF to_regclass('public.outbox') IS NOT NULL THEN
        REVOKE DELETE ON outbox FROM $app;
        REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM $app;
    END IF;
END $$$$;
""")


def roles_script(owner: str, app: str, reader: str) -> str:
    """Return the SQL that makes the roles and gives them their rights; `InvalidInput` names what is no role name."""
    for option, name in (("--owner", owner), ("--app", app), ("--reader", reader)):
        if not _NAME.fullmatch(name):
            raise InvalidInput.at(option, "must be lower case letters, digits and underscores, 63 at most")
    if len({owner, app, reader}) < 3:
        raise InvalidInput.at("--owner", "the three roles must have different names")
    return _SCRIPT.substitute(owner=owner, app=app, reader=reader)
