-- The same leads as Pipedrive, Dynamics 365 and Marketo write them, and as a plain history of any system.

-- Pipedrive writes UTC, and knows of nothing before the deal.
CREATE MACRO pipedrive_time(moment) AS strftime(utc(moment), '%Y-%m-%d %H:%M:00');

CREATE MACRO pipedrive_deals() AS TABLE
SELECT number + 40001 AS "Deal - ID",
       account_name || ' - ' || size_name AS "Deal - Title",
       amount AS "Deal - Value",
       'EUR' AS "Deal - Currency",
       CASE WHEN won IS NULL AND lost IS NULL THEN 'Proposal Made' ELSE 'Negotiations Started' END AS "Deal - Stage",
       'Pipeline' AS "Deal - Pipeline",
       CASE WHEN won IS NOT NULL THEN 'Won' WHEN lost IS NOT NULL THEN 'Lost' ELSE 'Open' END AS "Deal - Status",
       owner_name AS "Deal - Owner",
       account_name AS "Deal - Organization",
       given_name || ' ' || family_name AS "Deal - Contact person",
       pipedrive_time(opportunity) AS "Deal - Deal created",
       pipedrive_time(won) AS "Deal - Won time",
       pipedrive_time(lost) AS "Deal - Lost time",
       source_name AS "Deal - Lead origin",
       industry_name AS "Deal - Industry",
       size_name AS "Deal - Company size"
FROM named()
WHERE opportunity IS NOT NULL AND NOT is_copy;

-- Dynamics shows times on the clock of whoever exports, here with the month before the day; its ids are GUIDs.
CREATE MACRO clock_time(moment) AS strftime(wall_clock(moment), '%-m/%-d/%Y %-I:%M %p');
CREATE MACRO guid(number) AS regexp_replace(md5('lead ' || number), '^(.{8})(.{4})(.{4})(.{4})(.{12})$', '\1-\2-\3-\4-\5');

CREATE MACRO dynamics_leads() AS TABLE
SELECT guid(number) AS "(Do Not Modify) Lead",
       left(md5('row ' || number), 22) || '==' AS "(Do Not Modify) Row Checksum",
       clock_time(greatest(lead, mql, sal, sql_, opportunity, disqualified, lost)) AS "(Do Not Modify) Modified On",
       'Arms for ' || account_name AS "Subject",
       given_name || ' ' || family_name AS " Full Name",
       account_name AS "Company Name",
       email AS "Email",
       country_name AS "Country",
       owner_name AS "Owner",
       source_name AS "Lead Source",
       CASE WHEN missing_created THEN NULL WHEN unreadable_created THEN '2/30/2025 9:14 AM' ELSE clock_time(lead) END
           AS "Created On",
       clock_time(mql) AS "Marketing Qualified On",
       clock_time(sal) AS "Sales Accepted On",
       clock_time(sql_) AS "Sales Qualified On",
       clock_time(opportunity) AS "Offer Made On",
       clock_time(won) AS "Order Signed On",
       clock_time(disqualified) AS "Disqualified On",
       clock_time(lost) AS "Lost On",
       industry_name AS "Industry",
       size_name AS "Company Size",
       amount AS "Est. Value"
FROM named();

-- Marketo keeps the lead as it is now, and each change of a field as an activity; only some are changes of stage.
CREATE MACRO second_time(moment) AS strftime(utc(moment), '%Y-%m-%dT%H:%M:00Z');

CREATE MACRO marketo_leads() AS TABLE
SELECT number + 1286001 AS id,
       email,
       given_name AS "firstName",
       family_name AS "lastName",
       account_name AS company,
       owner_name AS "leadOwner",
       source_name AS "leadSource",
       industry_name AS industry,
       size_name AS "companySize",
       amount AS "opportunityAmount",
       CASE WHEN missing_created THEN NULL WHEN unreadable_created THEN '2025-02-30T09:14:00Z' ELSE second_time(lead) END
           AS "createdAt"
FROM named();

CREATE MACRO marketo_activities() AS TABLE
SELECT 900000000 + row_number() OVER (ORDER BY event.moment, number, event.place) AS id,
       number + 1286001 AS lead_id,
       second_time(event.moment) AS activity_date,
       13 AS activity_type_id,
       event.field AS primary_attribute_value,
       event.old AS old_value,
       event.new AS new_value,
       'Changed by a smart campaign' AS reason
FROM (SELECT number, unnest([
          {place: 0, field: 'Lead Score', old: '40', new: '65', moment: mql},
          {place: 1, field: 'Lead Status', old: 'Known', new: 'MQL', moment: mql},
          {place: 2, field: 'Lead Status', old: 'MQL', new: 'SAL', moment: sal},
          {place: 3, field: 'Lead Status', old: 'SAL', new: 'SQL', moment: sql_},
          {place: 4, field: 'Lead Status', old: CASE WHEN sql_ IS NULL THEN 'SAL' ELSE 'SQL' END, new: 'Opportunity',
           moment: opportunity},
          {place: 5, field: 'Lead Status', old: 'Opportunity', new: 'Customer', moment: won},
          {place: 6, field: 'Lead Status',
           old: CASE WHEN sql_ IS NOT NULL THEN 'SQL' WHEN sal IS NOT NULL THEN 'SAL' WHEN mql IS NOT NULL THEN 'MQL'
                     ELSE 'Known' END,
           new: 'Disqualified', moment: disqualified},
          {place: 7, field: 'Lead Status', old: 'Opportunity', new: 'Lost', moment: lost}]) AS event
      FROM named()
      WHERE NOT is_copy)
WHERE event.moment IS NOT NULL
ORDER BY event.moment, number, event.place;

-- A history tells each time with the offset that was then in force. Of a lead without a day of creation it tells nothing.
CREATE MACRO offset_time(moment) AS
    strftime(wall_clock(moment), '%Y-%m-%dT%H:%M:00')
    || CASE WHEN summer_time(wall_clock(moment)) THEN '+02:00' ELSE '+01:00' END;

CREATE MACRO history_leads() AS TABLE
SELECT hubspot_id AS lead_id,
       email,
       source_name AS source,
       owner_name AS owner,
       account_name AS account_id,
       industry_name AS industry,
       size_name AS company_size,
       amount
FROM named();

CREATE MACRO history() AS TABLE
SELECT hubspot_id AS record,
       event.stage AS stage,
       CASE WHEN unreadable_created THEN '2025-02-30T09:14:00+01:00' ELSE offset_time(event.moment) END AS time
FROM (SELECT number, hubspot_id, unreadable_created, unnest([
          {place: 0, stage: 'New', moment: CASE WHEN NOT missing_created THEN lead END},
          {place: 1, stage: 'Marketing qualified', moment: mql},
          {place: 2, stage: 'Sales accepted', moment: sal},
          {place: 3, stage: 'Sales qualified', moment: sql_},
          {place: 4, stage: 'Offer made', moment: opportunity},
          {place: 5, stage: 'Order signed', moment: won},
          {place: 6, stage: 'Disqualified', moment: disqualified},
          {place: 7, stage: 'Lost', moment: lost}]) AS event
      FROM named()
      WHERE NOT is_copy)
WHERE event.moment IS NOT NULL
ORDER BY event.moment, number, event.place;

CREATE MACRO dynamics_customers() AS TABLE
SELECT guid(number) AS lead_id, since AS customer_since, churned_on FROM customers();

CREATE MACRO marketo_customers() AS TABLE
SELECT number + 1286001 AS lead_id, since AS customer_since, churned_on FROM customers();

CREATE MACRO dynamics_touches() AS TABLE
SELECT guid(number) AS lead_id, touch_time(called) AS "at" FROM touches();

CREATE MACRO marketo_touches() AS TABLE
SELECT number + 1286001 AS lead_id, touch_time(called) AS "at" FROM touches();
