"""What only a server with many writers shows; collected where one is named (`HEADWATER_TEST_POSTGRESQL_URL`)."""

from tests.contract.conftest import rows

__all__ = ["rows"]
