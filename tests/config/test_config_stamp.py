"""A file that was written anew is noticed, however alike it looks."""

import os
from pathlib import Path

from probe.config.files import stamp


def test_a_file_that_is_written_in_place_is_noticed_though_size_and_time_are_kept(
    tmp_path: Path,
) -> None:
    file = tmp_path / "server.pem"
    file.write_text("one")
    before, times = stamp([file]), file.stat()
    while file.stat().st_ctime_ns == times.st_ctime_ns:  # the kernel's clock ticks every few ms
        file.write_text("two")
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file.stat().st_mtime_ns == times.st_mtime_ns
    assert stamp([file]) != before


def test_what_nobody_wrote_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "server.pem").write_text("one")
    assert stamp([tmp_path / "server.pem"]) == stamp([tmp_path / "server.pem"])
