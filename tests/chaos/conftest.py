"""The run needs servers of its own, and is part of a run that is given servers."""

import os

collect_ignore = [] if os.environ.get("HEADWATER_TEST_REDIS_URL") else ["test_small_run.py"]
