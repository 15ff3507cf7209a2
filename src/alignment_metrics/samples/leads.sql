-- The leads, drawn by counting: every draw is a mix of the lead's number and a salt, so neither the order of the work nor
-- the version of the engine can change it. The tables come from plan.py in the variable "plan".

-- The finisher of MurmurHash3 (32 bits): products of two 32-bit numbers fit in 64.
CREATE MACRO fold_1(h) AS (xor(h, h >> 16) * 2246822507::UBIGINT) & 4294967295::UBIGINT;
CREATE MACRO fold_2(h) AS (xor(h, h >> 13) * 3266489909::UBIGINT) & 4294967295::UBIGINT;
CREATE MACRO mixed(h) AS xor(fold_2(fold_1(h)), fold_2(fold_1(h)) >> 16);
CREATE MACRO draw(seed, salt) AS mixed(xor(seed, salt::UBIGINT))::BIGINT;
CREATE MACRO below(draw, n) AS (draw * n) >> 32;
CREATE MACRO pick(options, draw) AS options[1 + below(draw, len(options))];
CREATE MACRO falls_on(number, every) AS number >= every.start AND number % every.step = every.start;

-- Of a wait's draw the highest 6 bits choose the days (64 of them) and the other 26 the minute. Minutes count from midnight
-- in the company's zone without the hour from two to three, which a change of clocks skips or repeats. One in eight is
-- recorded by a job at half past midnight, a day earlier in UTC; the rest between seven and ten.
CREATE MACRO days_of(wait, draw) AS wait[1 + (draw >> 26)];
CREATE MACRO recorded(draw) AS
    CASE WHEN draw & 7 = 0 THEN 30 ELSE 360 + ((((draw & 67108863) >> 3) * 900) >> 23) END;
CREATE MACRO minute_after(earlier, days, draw) AS
    CASE WHEN days = 0 THEN greatest(earlier, recorded(draw)) ELSE recorded(draw) END;
CREATE MACRO moment(day, minute) AS (day * 1440 + minute + CASE WHEN minute >= 120 THEN 60 ELSE 0 END)::INTEGER;

-- Moments are minutes on the wall clock since the start of FIRST_DAY; the clocks of Paris change on these nights.
CREATE MACRO wall_clock(moment) AS make_timestamp(epoch_us(TIMESTAMP '2024-07-01') + moment::BIGINT * 60000000);
CREATE MACRO summer_time(local_time) AS
    local_time < TIMESTAMP '2024-10-27 02:30:00'
    OR (local_time >= TIMESTAMP '2025-03-30 02:30:00' AND local_time < TIMESTAMP '2025-10-26 02:30:00')
    OR (local_time >= TIMESTAMP '2026-03-29 02:30:00' AND local_time < TIMESTAMP '2026-10-25 02:30:00');
CREATE MACRO utc(moment) AS make_timestamp(
    epoch_us(wall_clock(moment)) - CASE WHEN summer_time(wall_clock(moment)) THEN 7200000000 ELSE 3600000000 END);
CREATE MACRO day_of(moment) AS wall_clock(moment)::DATE;
CREATE MACRO ended(moment) AS moment >= 730 * 1440;

CREATE MACRO plan() AS getvariable('plan');

-- Rows of the export: each lead once, in order, then the second copies.
CREATE MACRO numbers() AS TABLE
SELECT CASE WHEN line < plan().leads THEN line
            ELSE plan().every.duplicate_id.start + (line - plan().leads) * plan().every.duplicate_id.step END AS number,
       line >= plan().leads AS is_copy
FROM range(plan().leads + plan().copies) AS lines (line);

CREATE MACRO seeds() AS TABLE
SELECT number, is_copy, mixed(xor(number::UBIGINT, plan().salt.lead::UBIGINT)) AS seed FROM numbers();

CREATE MACRO draws() AS TABLE
SELECT number, is_copy,
       draw(seed, plan().salt.day) AS u_day,
       draw(seed, plan().salt.other_day) AS u_other_day,
       draw(seed, plan().salt.growth) AS u_growth,
       draw(seed, plan().salt.minute) AS u_minute,
       draw(seed, plan().salt.source) AS u_source,
       draw(seed, plan().salt.size) AS u_size,
       draw(seed, plan().salt.account) AS u_account,
       draw(seed, plan().salt.owner) AS u_owner,
       draw(seed, plan().salt.amount) AS u_amount,
       draw(seed, plan().salt.name) AS u_name,
       draw(seed, plan().salt.country) AS u_country,
       draw(seed, plan().salt.to_mql) AS u_to_mql,
       draw(seed, plan().salt.to_sal) AS u_to_sal,
       draw(seed, plan().salt.to_sql) AS u_to_sql,
       draw(seed, plan().salt.to_opportunity) AS u_to_opportunity,
       draw(seed, plan().salt.to_won) AS u_to_won,
       draw(seed, plan().salt.mql_wait) AS u_mql_wait,
       draw(seed, plan().salt.sal_wait) AS u_sal_wait,
       draw(seed, plan().salt.sql_wait) AS u_sql_wait,
       draw(seed, plan().salt.opportunity_wait) AS u_opportunity_wait,
       draw(seed, plan().salt.won_wait) AS u_won_wait,
       draw(seed, plan().salt.exit) AS u_exit,
       draw(seed, plan().salt.exit_wait) AS u_exit_wait,
       draw(seed, plan().salt.skip) AS u_skip,
       draw(seed, plan().salt.future) AS u_future
FROM seeds();

CREATE MACRO sourced() AS TABLE
SELECT *,
       falls_on(number, plan().every.missing_created) AS missing_created,
       falls_on(number, plan().every.unreadable_created) AS unreadable_created,
       falls_on(number, plan().every.created_after_as_of) AS late,
       CASE WHEN falls_on(number, plan().every.unlisted_source) THEN len(plan().labels) - 2
            WHEN falls_on(number, plan().every.empty_source) THEN len(plan().labels) - 1
            ELSE pick(plan().origins, u_source) END AS origin
FROM draws();

CREATE MACRO sized() AS TABLE
SELECT *,
       plan().sizes[1 + origin * 20 + below(u_size, 20)] AS size,
       NOT (missing_created OR unreadable_created OR late) AS usable,
       CASE WHEN late THEN 730 + below(u_day, 20)
            WHEN u_growth & 1 = 0 THEN below(u_day, 730)
            ELSE greatest(below(u_day, 730), below(u_other_day, 730)) END AS lead_day,
       below(u_minute, 1380) AS lead_minute,
       days_of(plan().waits[1], u_mql_wait) AS mql_wait,
       days_of(plan().waits[2], u_sal_wait) AS sal_wait,
       days_of(plan().waits[3], u_sql_wait) AS sql_wait,
       days_of(plan().waits[4], u_opportunity_wait) AS opportunity_wait,
       days_of(plan().waits[5], u_won_wait) AS won_wait,
       days_of(plan().exit_wait, u_exit_wait) AS exit_wait
FROM sourced();

CREATE MACRO paced() AS TABLE
SELECT *,
       (origin * len(plan().size_names) + size) * 5 AS cell,
       minute_after(lead_minute, mql_wait, u_mql_wait) AS mql_minute,
       minute_after(mql_minute, sal_wait, u_sal_wait) AS sal_minute,
       minute_after(sal_minute, sql_wait, u_sql_wait) AS sql_minute,
       minute_after(sql_minute, opportunity_wait, u_opportunity_wait) AS opportunity_minute,
       minute_after(opportunity_minute, won_wait, u_won_wait) AS won_minute,
       lead_day + mql_wait AS mql_day,
       mql_day + sal_wait AS sal_day,
       sal_day + sql_wait AS sql_day,
       sql_day + opportunity_wait AS opportunity_day,
       opportunity_day + won_wait AS won_day
FROM sized();

-- How far the lead will get in the end: the number of the last stage.
CREATE MACRO fated() AS TABLE
SELECT *,
       CASE WHEN NOT usable OR u_to_mql >= plan().chances[cell + 1] THEN 0
            WHEN u_to_sal >= plan().chances[cell + 2] THEN 1
            WHEN u_to_sql >= plan().chances[cell + 3] THEN 2
            WHEN u_to_opportunity >= plan().chances[cell + 4] THEN 3
            WHEN u_to_won >= plan().chances[cell + 5] THEN 4
            ELSE 5 END AS last_stage
FROM paced();

CREATE MACRO timed() AS TABLE
SELECT *,
       moment(lead_day, lead_minute) AS lead,
       CASE WHEN last_stage >= 1 THEN moment(mql_day, mql_minute) END AS mql,
       CASE WHEN last_stage >= 2 THEN moment(sal_day, sal_minute) END AS sal,
       CASE WHEN last_stage >= 3 THEN moment(sql_day, sql_minute) END AS sql_,
       CASE WHEN last_stage >= 4 THEN moment(opportunity_day, opportunity_minute) END AS opportunity,
       CASE WHEN last_stage >= 5 THEN moment(won_day, won_minute) END AS won,
       CASE last_stage WHEN 0 THEN lead_day WHEN 1 THEN mql_day WHEN 2 THEN sal_day WHEN 3 THEN sql_day
            ELSE opportunity_day END + exit_wait AS exit_day,
       moment(exit_day, recorded(u_exit_wait)) AS left_at
FROM fated();

-- What the company knows on the evening of AS_OF: only some wins are written down before they happen.
CREATE MACRO leads() AS TABLE
SELECT number, is_copy, missing_created, unreadable_created, origin, size, lead,
       CASE WHEN NOT ended(mql) THEN mql END AS mql,
       CASE WHEN NOT ended(sal) THEN sal END AS sal,
       CASE WHEN NOT ended(sql_) AND NOT (last_stage >= 4 AND u_skip < plan().skipped) THEN sql_ END AS sql_,
       CASE WHEN NOT ended(opportunity) THEN opportunity END AS opportunity,
       CASE WHEN NOT ended(won) OR (NOT ended(opportunity) AND u_future < plan().future) THEN won END AS won,
       CASE WHEN usable AND last_stage < 4 AND u_exit < plan().disqualified AND NOT ended(left_at) THEN left_at
            END AS disqualified,
       CASE WHEN last_stage = 4 AND u_exit < plan().lost AND NOT ended(left_at) THEN left_at END AS lost,
       -- An account is of one size and one industry, so these are read off its number.
       below(u_account, plan().accounts * len(plan().industries)) * len(plan().size_names) + size AS account,
       (account // len(plan().size_names)) % len(plan().industries) AS industry,
       below(u_owner, len(plan().owners)) AS owner,
       u_name >> 28 AS first_name,
       (u_name >> 24) & 15 AS last_name,
       below(u_country, len(plan().countries)) AS country,
       CASE WHEN NOT ended(opportunity)
            THEN 50 * (CASE size WHEN 0 THEN 60 WHEN 1 THEN 200 ELSE 600 END
                       + below(u_amount, CASE size WHEN 0 THEN 180 WHEN 1 THEN 600 ELSE 2400 END)) END AS amount,
       u_name & 15 AS contacts_made
FROM timed();
