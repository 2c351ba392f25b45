"""Files known by their SHA-256. What the two shelves make of it is tested in tests/data and tests/pretrained."""

import hashlib

import pytest

from coursekit import data, pretrained, shelf


def test_the_digest_is_hashlib_s(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "large").write_bytes(content)
    assert shelf.sha256(tmp_path / "large") == hashlib.sha256(content).hexdigest()


def test_states_of_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    assert shelf.state(tmp_path / "file", digest) == "ok"
    assert shelf.state(tmp_path / "file", "0" * 64) == "damaged"
    assert shelf.state(tmp_path / "none", digest) == "missing"
    assert shelf.state(tmp_path / "file" / "below a file", digest) == "missing"
    assert shelf.state(tmp_path, digest) == "damaged"  # a folder in its place


@pytest.mark.parametrize("of", [data, pretrained])
def test_both_shelves_find_alike(of):
    findings = of.verify()
    assert findings and all(type(finding) is shelf.Finding for finding in findings)


def test_both_shelves_name_the_nearest():
    with pytest.raises(data.DataError, match="no set 'libri'; did you mean 'librivox'?"):
        data.card("libri")
    with pytest.raises(pretrained.ModelError, match="no model 'sentences'; did you mean 'sent"):
        pretrained.card("sentences")
