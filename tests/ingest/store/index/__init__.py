import pytest

pytest.register_assert_rewrite("tests.ingest.store.index.contract")
