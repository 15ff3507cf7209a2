-- The same leads as the first three exports write them; the others build on these. Header names are the vendors' or, for a custom property, the company's.

CREATE MACRO hubspot_time(moment) AS strftime(utc(moment), '%Y-%m-%d %H:%M');
CREATE MACRO salesforce_time(moment) AS strftime(utc(moment), '%Y-%m-%dT%H:%M:00.000+0000');
CREATE MACRO salesforce_lead_id(number) AS '00QNw0' || lpad(number::VARCHAR, 9, '0') || 'MAA';
CREATE MACRO salesforce_opportunity_id(number) AS '006Nw0' || lpad(number::VARCHAR, 9, '0') || 'IAA';

CREATE MACRO named() AS TABLE
SELECT *,
       (7100000000 + number)::VARCHAR AS hubspot_id,
       plan().labels[origin + 1] AS source_name,
       plan().owners[owner + 1] AS owner_name,
       plan().account_names[1 + (account // 12) % len(plan().account_names)] || ' ' || account AS account_name,
       plan().industries[industry + 1] AS industry_name,
       plan().size_names[size + 1] AS size_name,
       plan().first_names[first_name + 1] AS given_name,
       plan().last_names[last_name + 1] AS family_name,
       'contact' || number || '@example.com' AS email,
       plan().countries[country + 1] AS country_name
FROM leads();

CREATE MACRO hubspot_contacts() AS TABLE
SELECT hubspot_id AS "Record ID",
       given_name AS "First Name",
       family_name AS "Last Name",
       email AS "Email",
       account_name AS "Company Name",
       owner_name AS "Contact owner",
       CASE WHEN missing_created THEN NULL WHEN unreadable_created THEN '2025-02-30 09:14' ELSE hubspot_time(lead) END
           AS "Create Date",
       CASE WHEN won IS NOT NULL THEN 'Customer'
            WHEN lost IS NOT NULL THEN 'Lost'
            WHEN disqualified IS NOT NULL THEN 'Disqualified'
            WHEN opportunity IS NOT NULL THEN 'Opportunity'
            WHEN sql_ IS NOT NULL THEN 'Sales Qualified Lead'
            WHEN sal IS NOT NULL THEN 'Sales Accepted Lead'
            WHEN mql IS NOT NULL THEN 'Marketing Qualified Lead'
            ELSE 'Lead' END AS "Lifecycle Stage",
       CASE WHEN disqualified IS NOT NULL THEN 'UNQUALIFIED'
            WHEN opportunity IS NOT NULL THEN 'OPEN_DEAL'
            WHEN sal IS NOT NULL THEN 'IN_PROGRESS'
            ELSE 'NEW' END AS "Lead Status",
       source_name AS "Lead origin",
       plan().traffic[origin + 1] AS "Original Traffic Source",
       plan().drill_down[origin + 1] AS "Original Traffic Source Drill-Down 1",
       industry_name AS "Industry",
       size_name AS "Company size",
       country_name AS "Country/Region",
       contacts_made AS "Number of times contacted",
       hubspot_time(mql) AS "Became a Marketing Qualified Lead Date",
       hubspot_time(sal) AS "Date entered ""Sales Accepted Lead (Lifecycle Stage Pipeline)""",
       hubspot_time(sql_) AS "Became a Sales Qualified Lead Date",
       hubspot_time(opportunity) AS "Became an Opportunity Date",
       hubspot_time(won) AS "Became a Customer Date",
       hubspot_time(disqualified) AS "Date entered ""Disqualified (Lifecycle Stage Pipeline)""",
       hubspot_time(lost) AS "Date entered ""Lost (Lifecycle Stage Pipeline)""",
       amount AS "Recent Deal Amount"
FROM named();

CREATE MACRO salesforce_leads() AS TABLE
SELECT salesforce_lead_id(number) AS "Lead ID",
       given_name AS "First Name",
       family_name AS "Last Name",
       email AS "Email",
       account_name AS "Company / Account",
       owner_name AS "Lead Owner",
       CASE WHEN missing_created THEN NULL
            WHEN unreadable_created THEN '2025-02-30T09:14:00.000+0000'
            ELSE salesforce_time(lead) END AS "Created Date",
       source_name AS "Lead Source",
       CASE WHEN opportunity IS NOT NULL THEN 'Closed - Converted'
            WHEN disqualified IS NOT NULL THEN 'Closed - Not Converted'
            WHEN sal IS NOT NULL THEN 'Working - Contacted'
            ELSE 'Open - Not Contacted' END AS "Status",
       industry_name AS "Industry",
       size_name AS "Company Size",
       country_name AS "Country",
       salesforce_time(mql) AS "MQL Date",
       salesforce_time(sal) AS "SAL Date",
       salesforce_time(sql_) AS "SQL Date",
       salesforce_time(disqualified) AS "Disqualified Date",
       (opportunity IS NOT NULL)::INTEGER AS "Converted",
       strftime(day_of(opportunity), '%Y-%m-%d') AS "Converted Date",
       CASE WHEN opportunity IS NOT NULL THEN salesforce_opportunity_id(number) END AS "Converted Opportunity ID"
FROM named();

-- An open opportunity has a close date too: the one its owner plans.
CREATE MACRO salesforce_opportunities() AS TABLE
SELECT salesforce_opportunity_id(number) AS "Opportunity ID",
       account_name || ' - ' || size_name AS "Opportunity Name",
       account_name AS "Account Name",
       owner_name AS "Opportunity Owner",
       CASE WHEN won IS NOT NULL THEN 'Closed Won'
            WHEN lost IS NOT NULL THEN 'Closed Lost'
            ELSE 'Proposal/Price Quote' END AS "Stage",
       amount AS "Amount",
       salesforce_time(opportunity) AS "Created Date",
       strftime(day_of(coalesce(won, lost, opportunity + 60 * 1440)), '%Y-%m-%d') AS "Close Date",
       (won IS NOT NULL OR lost IS NOT NULL)::INTEGER AS "Closed",
       (won IS NOT NULL)::INTEGER AS "Won",
       'New Business' AS "Type"
FROM named()
WHERE opportunity IS NOT NULL AND NOT is_copy;

CREATE MACRO canonical_leads() AS TABLE
SELECT hubspot_id AS lead_id,
       source_name AS source,
       owner_name AS owner,
       account_name AS account_id,
       amount::DOUBLE AS amount,
       industry_name AS industry,
       size_name AS company_size,
       CASE WHEN NOT (missing_created OR unreadable_created) THEN utc(lead) END AS lead,
       utc(mql) AS mql,
       utc(sal) AS sal,
       utc(sql_) AS sql,
       utc(opportunity) AS opportunity,
       utc(won) AS won,
       utc(disqualified) AS disqualified,
       utc(lost) AS lost
FROM named();

-- What can only be counted once drawn, over the leads that are kept.
CREATE MACRO planted() AS TABLE
SELECT count(*) FILTER (ended(won)) AS future_won,
       count(*) FILTER (opportunity IS NOT NULL AND sql_ IS NULL) AS skipped_sql,
       count(opportunity) AS opportunities,
       count(opportunity) FILTER (falls_on(number, plan().every.unlisted_source)) AS deals_unlisted_source,
       count(opportunity) FILTER (falls_on(number, plan().every.empty_source)) AS deals_empty_source,
       count(*) FILTER (NOT (missing_created OR unreadable_created OR ended(lead)) AND mql IS NULL AND disqualified IS NULL)
           AS without_events
FROM leads()
WHERE NOT is_copy;
