-- The same leads in HubSpot's other spellings: the newer stage columns, the API's own names, and contacts beside deals.

CREATE MACRO zulu_time(moment) AS strftime(utc(moment), '%Y-%m-%dT%H:%M:00.000Z');
CREATE MACRO hubspot_source(label) AS
    CASE label WHEN 'Organic social' THEN 'SOCIAL_MEDIA' WHEN 'Offline sources' THEN 'OFFLINE'
               ELSE upper(replace(label, ' ', '_')) END;
CREATE MACRO hubspot_deal_id(number) AS (31200000000 + number)::VARCHAR;

CREATE MACRO hubspot_v2() AS TABLE
SELECT "Record ID", "First Name", "Last Name", "Email", "Company Name", "Contact owner", "Create Date", "Lifecycle Stage",
       "Lead Status", "Lead origin", "Original Traffic Source", "Original Traffic Source Drill-Down 1", "Industry",
       "Company size", "Country/Region",
       "Became a Marketing Qualified Lead Date" AS "Date entered ""Marketing Qualified Lead (Lifecycle Stage Pipeline)""",
       "Date entered ""Sales Accepted Lead (Lifecycle Stage Pipeline)""",
       "Became a Sales Qualified Lead Date" AS "Date entered ""Sales Qualified Lead (Lifecycle Stage Pipeline)""",
       "Became an Opportunity Date" AS "Date entered ""Opportunity (Lifecycle Stage Pipeline)""",
       "Became a Customer Date" AS "Date entered ""Customer (Lifecycle Stage Pipeline)""",
       "Date entered ""Disqualified (Lifecycle Stage Pipeline)""",
       "Date entered ""Lost (Lifecycle Stage Pipeline)""",
       "Recent Deal Amount"
FROM hubspot_contacts();

-- The API knows its users by number; their names stand in a property of the company's. A stage of one's own has a number.
CREATE MACRO hubspot_api() AS TABLE
SELECT hubspot_id AS hs_object_id,
       given_name AS firstname,
       family_name AS lastname,
       email,
       account_name AS company,
       (48210000 + owner)::VARCHAR AS hubspot_owner_id,
       owner_name,
       CASE WHEN missing_created THEN NULL WHEN unreadable_created THEN '2025-02-30T09:14:00.000Z' ELSE zulu_time(lead) END
           AS createdate,
       source_name AS lead_origin,
       hubspot_source(plan().traffic[origin + 1]) AS hs_analytics_source,
       plan().drill_down[origin + 1] AS hs_analytics_source_data_1,
       industry_name AS industry,
       size_name AS company_size,
       country_name AS country,
       zulu_time(mql) AS hs_lifecyclestage_marketingqualifiedlead_date,
       zulu_time(sal) AS hs_v2_date_entered_166080836,
       zulu_time(sql_) AS hs_lifecyclestage_salesqualifiedlead_date,
       zulu_time(opportunity) AS hs_lifecyclestage_opportunity_date,
       zulu_time(won) AS hs_lifecyclestage_customer_date,
       zulu_time(disqualified) AS hs_v2_date_entered_166080837,
       zulu_time(lost) AS hs_v2_date_entered_166080838,
       amount AS recent_deal_amount
FROM named();

CREATE MACRO hubspot_deal_contacts() AS TABLE
SELECT "Record ID", "First Name", "Last Name", "Email", "Company Name", "Contact owner", "Create Date", "Lead Status",
       "Lead origin", "Original Traffic Source", "Original Traffic Source Drill-Down 1", "Industry", "Company size",
       "Became a Marketing Qualified Lead Date", "Date entered ""Sales Accepted Lead (Lifecycle Stage Pipeline)""",
       "Became a Sales Qualified Lead Date", "Date entered ""Disqualified (Lifecycle Stage Pipeline)"""
FROM hubspot_contacts();

-- The close date of a deal that is still open is a plan.
CREATE MACRO hubspot_deals() AS TABLE
SELECT hubspot_deal_id(number) AS "Record ID",
       account_name || ' - ' || size_name AS "Deal Name",
       CASE WHEN won IS NOT NULL THEN 'Closed Won' WHEN lost IS NOT NULL THEN 'Closed Lost' ELSE 'Contract Sent' END
           AS "Deal Stage",
       'Sales Pipeline' AS "Pipeline",
       amount AS "Amount",
       hubspot_time(coalesce(won, lost, opportunity + 60 * 1440)) AS "Close Date",
       hubspot_time(opportunity) AS "Create Date",
       owner_name AS "Deal owner",
       hubspot_id AS "Associated Contact IDs",
       won IS NOT NULL AS "Is Closed Won",
       won IS NOT NULL OR lost IS NOT NULL AS "Is Deal Closed?"
FROM named()
WHERE opportunity IS NOT NULL AND NOT is_copy;
