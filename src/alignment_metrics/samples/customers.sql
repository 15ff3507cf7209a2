-- Who became a customer and who of them left, each layout with the ids of its leads. Their draws are streams of their own.

CREATE MACRO customers() AS TABLE
SELECT number, since, CASE WHEN since + stayed <= DATE '2026-06-30' THEN since + stayed END AS churned_on
FROM (SELECT number, day_of(won) AS since,
             draw(seed, plan().salt.leaving) AS u_leaving,
             draw(seed, plan().salt.leaving_day) AS u_day,
             plan().gone[origin + 1] AS gone,
             len(list_filter(gone, lambda share: share <= u_leaving)) AS months,
             CASE WHEN months < len(gone) THEN (months * plan().month + 1 + below(u_day, plan().month))::INTEGER END AS stayed
      FROM (SELECT number, origin, won, mixed(xor(number::UBIGINT, plan().salt.lead::UBIGINT)) AS seed
            FROM leads()
            WHERE won IS NOT NULL AND NOT ended(won) AND NOT is_copy));

CREATE MACRO hubspot_customers() AS TABLE
SELECT (7100000000 + number)::VARCHAR AS lead_id, since AS customer_since, churned_on FROM customers();

CREATE MACRO salesforce_customers() AS TABLE
SELECT salesforce_lead_id(number) AS lead_id, since AS customer_since, churned_on FROM customers();
