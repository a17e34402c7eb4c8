"""The demo: two years in the life of Nordhafen Bank, a regional bank that exists nowhere else.

Tables first, one subject a module: `people`, `services`, `estate`, `applications`, `network`, `windows`, `boards`, and
the changes of the coming month in `routine_changes` and `planted_changes`. `history` makes up the past from the seed. `seeding` writes
all of it through the unit of work; `report` says what a change manager wants to know.
"""
