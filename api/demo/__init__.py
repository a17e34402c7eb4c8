"""The demo: two years in the life of Nordhafen Bank, a regional bank that exists nowhere else.

Tables first, one subject a module: `people`, `services`, `infrastructure`, `applications`, `stale_corner`, `windows`,
`boards`, `change_models`, and the coming month in `reported_changes`, `conflicting_changes`, `notable_changes` and
`routine_changes`. `past_changes`, `past_incidents` and `past_problems` make up the past from the seed. `seeding` writes
all of it through the unit of work; `report` says what a change manager wants to know.
"""
