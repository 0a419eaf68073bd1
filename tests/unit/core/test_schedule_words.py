from __future__ import annotations

import pytest

from petit.core.schedule import parse_schedule
from petit.core.schedule_words import schedule_words

SENTENCES = {
    # often
    "* * * * *": "every minute",
    "*/15 * * * *": "every 15 minutes",
    "0,15,30,45 * * * *": "every 15 minutes",
    "*/7 * * * *": "every 7 minutes from each full hour",
    "*/13 * * * *": "every hour at :00, :13, :26, :39 and :52",
    "0 * * * *": "every hour",
    "@hourly": "every hour",
    "5 * * * *": "every hour at :05",
    "5,35 * * * *": "every hour at :05 and :35",
    "0 */2 * * *": "every 2 hours",
    "0 0/6 * * *": "every 6 hours",
    "30 */2 * * *": "every 2 hours from 00:30 to 22:30",
    "0 0-22/5 * * *": "every 5 hours from 00:00 to 20:00",
    "3-59/5 * * * *": "every 5 minutes from 00:03 to 23:58",
    "* 9-17 * * *": "every minute from 09:00 to 17:59",
    "*/15 9-17 * * *": "every 15 minutes from 09:00 to 17:45",
    "0 8-12,14-18 * * *": "every hour from 08:00 to 12:00 and from 14:00 to 18:00",
    "0 8-11 * * *": "every hour from 08:00 to 11:00",
    # at a time
    "0 2 * * *": "every day at 02:00",
    "@daily": "every day at 00:00",
    "0 0,12 * * *": "every day at 00:00 and 12:00",
    "0 8,12,16 * * *": "every day at 08:00, 12:00 and 16:00",
    "0 8-10 * * *": "every day at 08:00, 09:00 and 10:00",
    # weekdays
    "30 8 * * 1-5": "Mondays to Fridays at 08:30",
    "30 8 * * MON,WED,FRI": "Mondays, Wednesdays and Fridays at 08:30",
    "0 2 * * 6,7": "Saturdays and Sundays at 02:00",
    "@weekly": "Sundays at 00:00",
    "0 1 * * 0,2-4,6": "Tuesdays to Thursdays, Saturdays and Sundays at 01:00",
    "*/5 9-17 * * 1-5": "Mondays to Fridays every 5 minutes from 09:00 to 17:55",
    "0 2 * 1,2 0": "Sundays in January and February at 02:00",
    "0 10 * * 5#2": "on the 2nd Friday of each month at 10:00",
    "0 10 * * 5L": "on the last Friday of each month at 10:00",
    "0 10 * 3 1#1,1#3": "on the 1st Monday and the 3rd Monday of March at 10:00",
    "0 10 * * 1,5#2": "Mondays and on the 2nd Friday of each month at 10:00",
    # days of the month
    "0 0 1 * *": "on the 1st of each month at 00:00",
    "@monthly": "on the 1st of each month at 00:00",
    "@yearly": "on the 1st of January at 00:00",
    "0 12 2,3,22 1,4 *": "on the 2nd, the 3rd and the 22nd of January and April at 12:00",
    "0 0 11-13 * *": "on the 11th to 13th of each month at 00:00",
    "0 0 L * *": "on the last day of each month at 00:00",
    "0 0 LW * *": "on the last weekday (Monday to Friday) of each month at 00:00",
    "0 0 1,L * *": "on the 1st and the last day of each month at 00:00",
    "0 0 */2 * *": "on odd days of each month at 00:00",
    "0 0 2-30/2 * *": "on even days of each month at 00:00",
    "0 0 29 2 *": "on the 29th of February at 00:00",
    # both, and either
    "0 0 13 * 5": "on the 13th of each month and on Fridays at 00:00",
    "0 0 1-31 * 5": "every day at 00:00",
    "0 0 * 6 1-7": "every day in June at 00:00",
    "0 0 */1 6 5": "Fridays in June at 00:00",
    # seconds
    "* * * * * *": "every second",
    "*/10 * * * * *": "every 10 seconds",
    "0 0 2 * * *": "every day at 02:00",
    "30 0 2 * * *": "every day at 02:00:30",
    "0,30 0 2 * * *": "every day at 02:00:00 and 02:00:30",
    "30 */15 * * * *": "every 15 minutes from 00:00:30 to 23:45:30",
    "*/20 * 9-17 * * 1": "Mondays every 20 seconds from 09:00:00 to 17:59:40",
    # neither cron nor clock
    "@every 15m": "every 15 minutes",
    "@every 1h": "every hour",
    "@every 1h30m": "every 1 h 30 m",
    "@every 24h": "every 24 hours",
    "@every 2d": "every 2 days",
    "@every 1500ms": "every 1 s 500 ms",
    "@reboot": "once after each boot",
}

RIDDLES = {
    "0 0 */2 * 1": "odd days that are Mondays, too",
    "7 3 1-21/2 * *": "more days than anybody wants to read",
    "3,17,22 4,9,11 * * *": "nine times of no pattern",
    "0,15,45 9-17 * * *": "steps of two sizes",
    "0,1,5 * * * * *": "three seconds of each minute",
    "1,2,3,10,20,30,40 * * * *": "seven minutes of each hour",
}


@pytest.mark.parametrize(("text", "words"), SENTENCES.items(), ids=SENTENCES)
def test_a_schedule_in_words(text: str, words: str) -> None:
    assert schedule_words(parse_schedule(text)) == words


@pytest.mark.parametrize("text", RIDDLES, ids=RIDDLES.values())
def test_what_no_short_sentence_says_is_shown_as_it_is(text: str) -> None:
    schedule = parse_schedule(text)
    assert schedule_words(schedule) == schedule.text


def test_words_are_those_of_the_wall_clock_of_the_zone() -> None:
    assert schedule_words(parse_schedule("0 2 * * *", "Asia/Tokyo")) == "every day at 02:00"
