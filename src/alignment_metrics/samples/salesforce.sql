-- The same leads in Salesforce's other spellings: a report as it is exported, the API's own names, and field histories.

-- A report shows times on the clock of whoever runs it, and ids of fifteen characters; every value is quoted.
CREATE MACRO paris_time(moment) AS strftime(wall_clock(moment), '%d/%m/%Y %H:%M');
CREATE MACRO paris_day(moment) AS strftime(day_of(moment), '%d/%m/%Y');
CREATE MACRO api_time(moment) AS strftime(utc(moment), '%Y-%m-%dT%H:%M:00.000Z');
CREATE MACRO fifteen(id) AS left(id, 15);

CREATE MACRO report_leads() AS TABLE
SELECT fifteen(salesforce_lead_id(number)) AS "Lead ID",
       given_name AS "First Name",
       family_name AS "Last Name",
       email AS "Email",
       account_name AS "Company / Account",
       owner_name AS "Lead Owner",
       CASE WHEN missing_created THEN '' WHEN unreadable_created THEN '30/02/2025 09:14' ELSE paris_time(lead) END
           AS "Created Date",
       coalesce(source_name, '') AS "Lead Source",
       industry_name AS "Industry",
       size_name AS "Company Size",
       country_name AS "Country",
       coalesce(paris_time(mql), '') AS "MQL Date",
       coalesce(paris_time(sal), '') AS "SAL Date",
       coalesce(paris_time(sql_), '') AS "SQL Date",
       coalesce(paris_time(disqualified), '') AS "Disqualified Date",
       (opportunity IS NOT NULL)::INTEGER AS "Converted",
       coalesce(paris_day(opportunity), '') AS "Converted Date",
       CASE WHEN opportunity IS NOT NULL THEN fifteen(salesforce_opportunity_id(number)) ELSE '' END
           AS "Converted Opportunity ID"
FROM named();

CREATE MACRO report_opportunities() AS TABLE
SELECT salesforce_opportunity_id(number) AS "Opportunity ID",
       account_name || ' - ' || size_name AS "Opportunity Name",
       account_name AS "Account Name",
       owner_name AS "Opportunity Owner",
       CASE WHEN won IS NOT NULL THEN 'Closed Won'
            WHEN lost IS NOT NULL THEN 'Closed Lost'
            ELSE 'Proposal/Price Quote' END AS "Stage",
       amount AS "Amount",
       paris_time(opportunity) AS "Created Date",
       paris_day(coalesce(won, lost, opportunity + 60 * 1440)) AS "Close Date",
       (won IS NOT NULL OR lost IS NOT NULL)::INTEGER AS "Closed",
       (won IS NOT NULL)::INTEGER AS "Won",
       'New Business' AS "Type"
FROM named()
WHERE opportunity IS NOT NULL AND NOT is_copy;

CREATE MACRO api_leads() AS TABLE
SELECT salesforce_lead_id(number) AS "Id",
       FALSE AS "IsDeleted",
       NULL::VARCHAR AS "MasterRecordId",
       given_name AS "FirstName",
       family_name AS "LastName",
       email AS "Email",
       account_name AS "Company",
       '005Nw000000' || lpad(owner::VARCHAR, 4, '0') || 'IAA' AS "OwnerId",
       owner_name AS "Owner.Name",
       CASE WHEN missing_created THEN NULL WHEN unreadable_created THEN '2025-02-30T09:14:00.000Z' ELSE api_time(lead) END
           AS "CreatedDate",
       source_name AS "LeadSource",
       industry_name AS "Industry",
       size_name AS "Company_Size__c",
       api_time(mql) AS "MQL_Date__c",
       api_time(sal) AS "SAL_Date__c",
       api_time(sql_) AS "SQL_Date__c",
       api_time(disqualified) AS "Disqualified_Date__c",
       opportunity IS NOT NULL AS "IsConverted",
       strftime(day_of(opportunity), '%Y-%m-%d') AS "ConvertedDate",
       CASE WHEN opportunity IS NOT NULL THEN salesforce_opportunity_id(number) END AS "ConvertedOpportunityId"
FROM named();

CREATE MACRO api_opportunities() AS TABLE
SELECT "Opportunity ID" AS "Id",
       FALSE AS "IsDeleted",
       "Opportunity Name" AS "Name",
       "Stage" AS "StageName",
       "Amount",
       replace("Created Date", '+0000', 'Z') AS "CreatedDate",
       "Close Date" AS "CloseDate",
       "Closed" = 1 AS "IsClosed",
       "Won" = 1 AS "IsWon",
       "Type"
FROM salesforce_opportunities();

-- Where the stages stand in histories, the leads tell only when they were created and what became of them.
CREATE MACRO tracked_leads() AS TABLE
SELECT "Lead ID", "First Name", "Last Name", "Email", "Company / Account", "Lead Owner", "Created Date", "Lead Source",
       "Status", "Industry", "Company Size", "Country", "Converted", "Converted Date", "Converted Opportunity ID"
FROM salesforce_leads();

-- A lead's fields change one at a time; one lead in ten has another owner a day after it was made, which is no stage.
CREATE MACRO lead_history() AS TABLE
SELECT fifteen(salesforce_lead_id(number)) AS "Lead ID",
       event.field AS "Field / Event",
       event.old AS "Old Value",
       event.new AS "New Value",
       paris_time(event.moment) AS "Edit Date"
FROM (SELECT number, unnest([
          {field: 'Owner', old: 'Queue', new: owner_name,
           moment: CASE WHEN number % 10 = 3 AND mql IS NOT NULL THEN mql END},
          {field: 'Lead Status', old: 'Open', new: 'Marketing Qualified', moment: mql},
          {field: 'Lead Status', old: 'Marketing Qualified', new: 'Sales Accepted', moment: sal},
          {field: 'Lead Status', old: 'Sales Accepted', new: 'Sales Qualified', moment: sql_},
          {field: 'Lead Status',
           old: CASE WHEN sql_ IS NOT NULL THEN 'Sales Qualified' WHEN sal IS NOT NULL THEN 'Sales Accepted'
                     WHEN mql IS NOT NULL THEN 'Marketing Qualified' ELSE 'Open' END,
           new: 'Disqualified', moment: disqualified}]) AS event
      FROM named()
      WHERE NOT is_copy)
WHERE event.moment IS NOT NULL;

-- Newest first. A day after it was opened, one opportunity in three has a row for its amount alone, which was lower before,
-- and one in four goes through another stage of the vendor's that is the same one of the charter's.
CREATE MACRO opportunity_history() AS TABLE
SELECT fifteen(salesforce_opportunity_id(number)) AS "Opportunity ID",
       event.old AS "From Stage",
       event.new AS "To Stage",
       paris_time(event.moment) AS "Last Modified",
       event.amount AS "Amount",
       paris_day(event.closing) AS "Close Date"
FROM (SELECT number, unnest([
          {place: 1, old: '', new: 'Prospecting', moment: opportunity,
           amount: CASE WHEN repriced THEN amount - 500 ELSE amount END, closing: planned},
          {place: 2, old: 'Prospecting', new: 'Prospecting', moment: CASE WHEN repriced THEN next_day END,
           amount: amount, closing: planned},
          {place: 3, old: 'Prospecting', new: 'Negotiation/Review', moment: CASE WHEN negotiated THEN next_day END,
           amount: amount, closing: planned},
          {place: 4, old: CASE WHEN negotiated THEN 'Negotiation/Review' ELSE 'Prospecting' END,
           new: CASE WHEN won IS NOT NULL THEN 'Closed Won' ELSE 'Closed Lost' END, moment: closed,
           amount: amount, closing: closed}]) AS event
      FROM (SELECT *, opportunity + 60 * 1440 AS planned,
                   opportunity + 1440 AS next_day,
                   coalesce(won, lost) AS closed,
                   NOT ended(next_day) AND next_day < coalesce(closed, next_day + 1) AS stood_still,
                   stood_still AND number % 3 = 0 AS repriced,
                   stood_still AND number % 4 = 1 AS negotiated
            FROM named()
            WHERE opportunity IS NOT NULL AND NOT is_copy))
WHERE event.moment IS NOT NULL
ORDER BY event.moment DESC, number DESC, event.place DESC;

CREATE MACRO report_customers() AS TABLE
SELECT fifteen(lead_id) AS lead_id, customer_since, churned_on FROM salesforce_customers();

CREATE MACRO report_touches() AS TABLE
SELECT fifteen(lead_id) AS lead_id, "at" FROM salesforce_touches();
