-- Who was called, and when: the first attempt after a lead's creation, one after it was handed over, and another after that.
-- Each layout has the ids of its leads. The draws are streams of their own.

CREATE MACRO minutes(wait, draw) AS
    CASE WHEN wait.within > 0 THEN wait.after + 1 + below(draw, wait.within - wait.after - 1) END;
CREATE MACRO later(stamp, wait, draw) AS epoch_us(stamp) + minutes(wait, draw) * 60000000;
-- Where a lead stands among all that are ever accepted, in the order of the days until then.
CREATE MACRO placed(among, draw) AS (among.first * 4294967296 + among.leads * draw) >> 12;
CREATE MACRO first_wait(accepted, days, draw, forgotten) AS
    CASE WHEN NOT accepted THEN list_filter(plan().others, lambda one: draw < one.until)[1]
         WHEN forgotten >= plan().unseen THEN pick(plan().sooner, placed(plan().places[1 + days], draw)) END;
-- A minute of those from one moment to another, both among them.
CREATE MACRO amid(start, stop, draw) AS
    epoch_us(start) + below(draw, (epoch_us(stop) - epoch_us(start)) // 60000000 + 1) * 60000000;

CREATE MACRO touches() AS TABLE
SELECT number, unnest(list_filter([answer, again, again + another], lambda one: one < epoch_us(utc(730 * 1440)))) AS called
FROM (SELECT number,
             last_stage >= 2 AS accepted,
             later(utc(lead), first_wait(accepted, mql_wait + sal_wait, u_answer, u_call), u_answer_wait) AS answer,
             CASE WHEN accepted THEN amid(utc(mql), utc(sal), u_call_wait)
                  ELSE later(utc(mql), pick(plan().calls, u_call), u_call_wait) END AS call,
             CASE WHEN answer < call AND (NOT accepted OR answer < epoch_us(utc(mql))) THEN call END AS again,
             minutes(pick(plan().more_calls, u_more), u_more_wait) * 60000000 AS another
      FROM (SELECT *, mixed(xor(number::UBIGINT, plan().salt.lead::UBIGINT)) AS seed,
                   draw(seed, plan().salt.answer) AS u_answer,
                   draw(seed, plan().salt.answer_wait) AS u_answer_wait,
                   draw(seed, plan().salt.call) AS u_call,
                   draw(seed, plan().salt.call_wait) AS u_call_wait,
                   draw(seed, plan().salt.more) AS u_more,
                   draw(seed, plan().salt.more_wait) AS u_more_wait
            FROM timed()
            WHERE usable AND NOT is_copy));

CREATE MACRO touch_time(called) AS strftime(make_timestamp(called), '%Y-%m-%dT%H:%M:00Z');

CREATE MACRO hubspot_touches() AS TABLE
SELECT (7100000000 + number)::VARCHAR AS lead_id, touch_time(called) AS "at" FROM touches();

CREATE MACRO salesforce_touches() AS TABLE
SELECT salesforce_lead_id(number) AS lead_id, touch_time(called) AS "at" FROM touches();
