#!/usr/bin/env python3
"""Goal: the simulator says what the sheets say, its ledger is the truth, and each fault
does what it is called.
Method: real connections by client.py, which shares no code with it; shapes and limits
are written in check_*.py by hand from the exchange sheets.  Three groups run side by
side, since they mostly wait.  sim_test.sh runs this; -v shows how long each took."""
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback

import check_faults
import check_formats
import check_ledger
import check_others
import check_rest
from check_base import Run, check, checks, failures

FORMATS = (
    check_formats.binance_messages_have_the_documented_shapes,
    check_formats.bybit_messages_have_the_documented_shapes,
    check_formats.merged_tickers_equal_the_rest_ticker,
    check_formats.a_usdm_stream_on_the_wrong_route_is_acknowledged_and_silent,
    check_formats.binance_refuses_what_it_should,
    check_formats.bybit_refuses_what_it_should,
    check_formats.pings_are_sent_and_the_unanswering_are_dropped,
    check_formats.the_peer_is_checked,
    check_rest.rest_answers_have_their_shapes,
    check_ledger.what_was_heard_is_what_the_ledger_says,
    check_ledger.bars_and_tickers_are_sums_of_the_trades,
    check_ledger.totals_of_the_summary_are_those_of_the_ledger,
)
FAULTS = (
    check_ledger.gaps_are_ledgered_and_rest_fills_the_ones_it_should,
    check_ledger.liquidations_have_their_sides_and_are_sampled,
    check_faults.links_end_as_told,
    check_faults.silence_is_of_a_stream_or_of_all,
    check_faults.messages_are_bent_as_told,
    check_faults.garbage_is_what_it_is_called,
    check_faults.upgrades_and_ports_refuse_as_told,
    check_rest.rest_misbehaves_as_told,
    check_others.wrong_commands_are_refused,
    check_rest.weights_are_counted_and_bans_follow,
)


def one(test, *args):
    """A test that breaks must not hide the others."""
    start = time.monotonic()
    try:
        test(*args)
    except Exception as e:
        traceback.print_exc()
        check(False, f"{test.__name__}: {e!r}")
        for run in args:
            if isinstance(run, Run) and run.process.poll() is None:
                run.ctl("clear")
    if "-v" in sys.argv:
        print(f"{time.monotonic() - start:5.1f} s  {test.__name__}", flush=True)


def others(top, tape, first, second):
    one(check_others.a_recording_is_said_with_the_time_of_now, tape)
    tape.stop()
    one(check_others.a_bad_scenario_is_refused_with_its_line, top)
    one(check_others.the_scenarios_of_this_folder_can_be_read)
    one(check_others.names_are_answered_in_every_mood)
    one(check_others.the_load_is_encrypted_before_and_stamped, top)
    one(check_others.the_same_seed_makes_the_same_facts_and_a_cascade_is_one, first, second)


def main():
    top = tempfile.mkdtemp(prefix="sim-check-")
    at = lambda name: os.path.join(top, name)
    runs = []
    try:
        check_others.write_tape(at("tape"))
        with open(at("fall.txt"), "w") as f:
            f.write("at 1 cascade drop=4% fall=5s recover=3s usd=40M peak=20\n")
        end = ("--scenario", at("fall.txt"), "--seconds", "9", "--seed", "7", "--no-values")
        for name, args in (("formats", ("--name", "venue.test,192.0.2.7")), ("faults", ()),
                           ("first", end), ("second", end),
                           ("tape-run", ("--replay", "binance-usdm=" + at("tape"), "--tls12",
                                         "--key", "rsa"))):
            runs.append(Run(top, name, *args))
        for r in runs:
            r.ready()
        formats, faults, first, second, tape = runs
        groups = [threading.Thread(target=lambda: [one(t, formats) for t in FORMATS]),
                  threading.Thread(target=lambda: [one(t, faults) for t in FAULTS]),
                  threading.Thread(target=others, args=(top, tape, first, second))]
        for g in groups:
            g.start()
        for g in groups:
            g.join()
        faults.stop()
    finally:
        for r in runs:
            if r.process.poll() is None:
                r.process.kill()
                r.process.wait()
        if failures:
            print(f"kept: {top}", file=sys.stderr)
        else:
            shutil.rmtree(top)
    print(f"{checks[0]} checks, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
