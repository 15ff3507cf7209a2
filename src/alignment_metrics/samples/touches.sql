-- Who was called, and when: the first attempt after a lead's creation, one after it was handed over, and another after that.
-- Each layout has the ids of its leads. The draws are streams of their own.

CREATE MACRO minutes(wait, draw) AS
    CASE WHEN wait.within > 0 THEN wait.after + 1 + below(draw, wait.within - wait.after - 1) END;
CREATE MACRO later(stamp, wait, draw) AS epoch_us(stamp) + minutes(wait, draw) * 60000000;

CREATE MACRO touches() AS TABLE
SELECT number, unnest(list_filter([answer, again, again + another], lambda one: one < epoch_us(utc(730 * 1440)))) AS called
FROM (SELECT number,
             later(utc(lead), pick(plan().answers, draw(seed, plan().salt.answer)), draw(seed, plan().salt.answer_wait))
                 AS answer,
             later(utc(mql), pick(plan().calls, draw(seed, plan().salt.call)), draw(seed, plan().salt.call_wait)) AS call,
             CASE WHEN answer < call THEN call END AS again,
             minutes(pick(plan().more_calls, draw(seed, plan().salt.more)), draw(seed, plan().salt.more_wait)) * 60000000
                 AS another
      FROM (SELECT number, lead, mql, mixed(xor(number::UBIGINT, plan().salt.lead::UBIGINT)) AS seed
            FROM leads()
            WHERE NOT (missing_created OR unreadable_created OR ended(lead) OR is_copy)));

CREATE MACRO touch_time(called) AS strftime(make_timestamp(called), '%Y-%m-%dT%H:%M:00Z');

CREATE MACRO hubspot_touches() AS TABLE
SELECT (7100000000 + number)::VARCHAR AS lead_id, touch_time(called) AS "at" FROM touches();

CREATE MACRO salesforce_touches() AS TABLE
SELECT salesforce_lead_id(number) AS lead_id, touch_time(called) AS "at" FROM touches();
