"""What is known of the files of each vendor, and how a file is told by its headers.

The headers are those of the vendors' documentation and of connectors' public seed files: where each is known from
stands in the comments of the layouts.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from folders import charter, write

from alignment_metrics.charter import COLUMNS, DIRECTIONS, EVENT, SIGNS, layouts, read_charter
from alignment_metrics.exports.detect import Detected, detect
from alignment_metrics.exports.layouts import layout, match, plain

STAGES = ("subscriber", "lead", "mql", "sql", "opportunity", "won")
HUBSPOT_STAGES = {
    "subscriber": "Subscriber",
    "mql": "Marketing Qualified Lead",
    "sql": "Sales Qualified Lead",
    "opportunity": "Opportunity",
    "won": "Customer",
}
HUBSPOT_NAMES = {stage: label.lower().replace(" ", "") for stage, label in HUBSPOT_STAGES.items()}


def became(label: str) -> str:
    return f"Became a{'n' if label == 'Opportunity' else ''} {label} Date"


# A layout, and a file in one of its spellings: what stands for what. "outcome" marks what tells how a deal ended.
SPELLINGS: dict[str, tuple[str, Mapping[str, str]]] = {
    "hubspot-contacts, old labels": (
        "hubspot-contacts",
        {
            "lead_id": "Contact ID",
            "source": "Original Source",
            "source_detail": "Original Source Drill-Down 1",
            "owner": "HubSpot Owner",
            "account_id": "Associated Company",
            "lead": "Create Date",
            **{stage: became(label) for stage, label in HUBSPOT_STAGES.items()},
        },
    ),
    "hubspot-contacts, new labels": (
        "hubspot-contacts",
        {
            "lead_id": "Record ID",
            "source": "Original Traffic Source",
            "source_detail": "Original Traffic Source Drill-Down 1",
            "owner": "Contact owner",
            "account_id": "Associated Company IDs",
            "amount": "Recent Deal Amount",
            "email": "Email",
            "merged_ids": "Merged Contact IDs",
            "lead": "Create Date",
            **{stage: f'Date entered "{label} (Lifecycle Stage Pipeline)"' for stage, label in HUBSPOT_STAGES.items()},
        },
    ),
    "hubspot-contacts, curly quotes": (
        "hubspot-contacts",
        {
            "lead_id": "Record ID",
            "source_detail": "Original source data 1",
            "lead": "Became a Lead Date",
            **{stage: f"Date entered “{label}”" for stage, label in HUBSPOT_STAGES.items()},
        },
    ),
    "hubspot-contacts, API": (
        "hubspot-contacts",
        {
            "lead_id": "hs_object_id",
            "source": "hs_analytics_source",
            "source_detail": "hs_analytics_source_data_1",
            "owner": "hubspot_owner_id",
            "account_id": "associatedcompanyid",
            "amount": "recent_deal_amount",
            "email": "email",
            "merged_ids": "hs_merged_object_ids",
            "lead": "createdate",
            **{stage: f"hs_lifecyclestage_{name}_date" for stage, name in HUBSPOT_NAMES.items()},
        },
    ),
    "hubspot-contacts, API, entries": (
        "hubspot-contacts",
        {
            "lead_id": "id",
            "lead": "createdate",
            "subscriber": "hs_date_entered_subscriber",
            **{stage: f"hs_v2_date_entered_{HUBSPOT_NAMES[stage]}" for stage in ("mql", "sql", "opportunity", "won")},
        },
    ),
    "hubspot-contacts, warehouse": (
        "hubspot-contacts",
        {
            "lead_id": "id",
            "email": "property_email",
            "lead": "property_createdate",
            "merged_ids": "property_hs_merged_object_ids",
            "deleted": "_fivetran_deleted",
            "mql": "property_hs_lifecyclestage_marketingqualifiedlead_date",
        },
    ),
    "hubspot-deals, labels": (
        "hubspot-deals",
        {
            "opportunity_id": "Record ID",
            "lead_id": "Associated Contact IDs",
            "amount": "Amount",
            "currency": "Currency",
            "pipeline": "Pipeline",
            "merged_ids": "Merged Deal IDs",
            "opportunity": "Create Date",
            "outcome closed_on": "Close Date",
            "outcome closed": "Is Deal Closed?",
            "outcome won": "Is Closed Won",
            "outcome stage": "Deal Stage",
        },
    ),
    "hubspot-deals, API": (
        "hubspot-deals",
        {
            "opportunity_id": "hs_object_id",
            "amount": "amount",
            "currency": "deal_currency_code",
            "pipeline": "pipeline",
            "opportunity": "createdate",
            "outcome closed_on": "closedate",
            "outcome closed": "hs_is_closed",
            "outcome won": "hs_is_closed_won",
            "outcome stage": "dealstage",
        },
    ),
    "hubspot-deals, warehouse": (
        "hubspot-deals",
        {
            "opportunity_id": "deal_id",
            "amount": "property_amount",
            "pipeline": "deal_pipeline_id",
            "deleted": "is_deleted",
            "opportunity": "property_createdate",
            "outcome closed_on": "property_closedate",
            "outcome stage": "deal_pipeline_stage_id",
        },
    ),
    "hubspot-contact-history, warehouse": (
        "hubspot-contact-history",
        {"lead_id": "contact_id", "at": "timestamp", "field": "name", "stage": "value"},
    ),
    "hubspot-deal-history, warehouse": (
        "hubspot-deal-history",
        {"opportunity_id": "deal_id", "at": "date_entered", "stage": "value"},
    ),
    "hubspot-deal-history, properties": (
        "hubspot-deal-history",
        {"opportunity_id": "deal_id", "at": "timestamp", "field": "name", "stage": "value"},
    ),
    "salesforce-leads, report": (
        "salesforce-leads",
        {
            "lead_id": "Lead ID",
            "opportunity_id": "Converted Opportunity",
            "source": "Lead Source",
            "owner": "Lead Owner",
            "account_id": "Company / Account",
            "email": "Email",
            "deleted": "Deleted",
            "lead": "Create Date",
        },
    ),
    "salesforce-leads, API": (
        "salesforce-leads",
        {
            "lead_id": "Id",
            "opportunity_id": "ConvertedOpportunityId",
            "source": "LeadSource",
            "owner": "OwnerId",
            "account_id": "Company",
            "email": "Email",
            "merged_into": "MasterRecordId",
            "deleted": "IsDeleted",
            "lead": "CreatedDate",
        },
    ),
    "salesforce-leads, warehouse": (
        "salesforce-leads",
        {
            "lead_id": "id",
            "opportunity_id": "converted_opportunity_id",
            "source": "lead_source",
            "owner": "owner_id",
            "account_id": "converted_account_id",
            "email": "email",
            "merged_into": "master_record_id",
            "deleted": "is_deleted",
            "lead": "created_date",
        },
    ),
    "salesforce-opportunities, report": (
        "salesforce-opportunities",
        {
            "opportunity_id": "Opportunity ID",
            "amount": "Total Amount",
            "currency": "Total Amount Currency",
            "deleted": "Deleted",
            "opportunity": "Created Date",
            "outcome closed_on": "Close Date",
            "outcome closed": "Closed",
            "outcome won": "Won",
            "outcome stage": "Stage",
        },
    ),
    "salesforce-opportunities, API": (
        "salesforce-opportunities",
        {
            "opportunity_id": "Id",
            "amount": "Amount",
            "currency": "CurrencyIsoCode",
            "deleted": "IsDeleted",
            "opportunity": "CreatedDate",
            "outcome closed_on": "CloseDate",
            "outcome closed": "IsClosed",
            "outcome won": "IsWon",
            "outcome stage": "StageName",
        },
    ),
    "salesforce-opportunities, warehouse": (
        "salesforce-opportunities",
        {
            "opportunity_id": "id",
            "amount": "amount",
            "deleted": "is_deleted",
            "opportunity": "created_date",
            "outcome closed_on": "close_date",
            "outcome closed": "is_closed",
            "outcome won": "is_won",
            "outcome stage": "stage_name",
        },
    ),
    "salesforce-opportunity-history, report": (
        "salesforce-opportunity-history",
        {"opportunity_id": "Opportunity ID", "old": "From Stage", "stage": "To Stage", "at": "Last Modified"},
    ),
    "salesforce-opportunity-history, field report": (
        "salesforce-opportunity-history",
        {
            "opportunity_id": "Opportunity ID",
            "field": "Field / Event",
            "old": "Old Value",
            "stage": "New Value",
            "at": "Edit Date",
        },
    ),
    "salesforce-opportunity-history, API": (
        "salesforce-opportunity-history",
        {
            "opportunity_id": "OpportunityId",
            "stage": "StageName",
            "at": "CreatedDate",
            "deleted": "IsDeleted",
            "actor": "CreatedById",
        },
    ),
    "salesforce-opportunity-history, API of fields": (
        "salesforce-opportunity-history",
        {
            "opportunity_id": "OpportunityId",
            "field": "Field",
            "old": "OldValue",
            "stage": "NewValue",
            "at": "CreatedDate",
        },
    ),
    "salesforce-opportunity-history, warehouse": (
        "salesforce-opportunity-history",
        {"opportunity_id": "id", "stage": "stage_name", "at": "_fivetran_start", "deleted": "is_deleted"},
    ),
    "salesforce-lead-history, report": (
        "salesforce-lead-history",
        {"lead_id": "Lead ID", "field": "Field / Event", "old": "Old Value", "stage": "New Value", "at": "Edit Date"},
    ),
    "salesforce-lead-history, API": (
        "salesforce-lead-history",
        {
            "lead_id": "LeadId",
            "field": "Field",
            "old": "OldValue",
            "stage": "NewValue",
            "at": "CreatedDate",
            "deleted": "IsDeleted",
            "actor": "CreatedById",
        },
    ),
    "salesforce-lead-history, warehouse": (
        "salesforce-lead-history",
        {"lead_id": "lead_id", "field": "field", "old": "old_value", "stage": "new_value", "at": "created_date"},
    ),
    "pipedrive-deals, new labels": (
        "pipedrive-deals",
        {
            "opportunity_id": "Deal - ID",
            "amount": "Deal - Value",
            "currency": "Deal - Currency",
            "pipeline": "Deal - Pipeline",
            "opportunity": "Deal - Deal created",
            "won": "Deal - Won time",
            "lost": "Deal - Lost time",
            "outcome closed_on": "Deal - Deal closed on",
            "outcome stage": "Deal - Status",
        },
    ),
    "pipedrive-deals, old labels": (
        "pipedrive-deals",
        {
            "opportunity_id": "Deal - ID",
            "currency": "Deal - Currency of value",
            "opportunity": "Deal - Add time",
            "outcome closed_on": "Deal - Close time",
            "outcome stage": "Deal - Status",
        },
    ),
    "pipedrive-deals, API": (
        "pipedrive-deals",
        {
            "opportunity_id": "id",
            "amount": "value",
            "currency": "currency",
            "pipeline": "pipeline_id",
            "opportunity": "add_time",
            "won": "won_time",
            "lost": "lost_time",
            "outcome closed_on": "close_time",
            "outcome stage": "status",
        },
    ),
    "dynamics-leads, Excel": (
        "dynamics-leads",
        {
            "lead_id": "(Do Not Modify) Lead",
            "source": "Lead Source",
            "owner": " Owner",
            "account_id": "Company Name",
            "email": "Email",
            "lead": "Created On",
        },
    ),
    "dynamics-leads, API": (
        "dynamics-leads",
        {
            "lead_id": "leadid",
            "source": "leadsourcecode",
            "owner": "ownerid",
            "account_id": "companyname",
            "email": "emailaddress1",
            "lead": "createdon",
        },
    ),
    "marketo-activities, API": (
        "marketo-activities",
        {
            "lead_id": "leadId",
            "at": "activityDate",
            "field": "primaryAttributeValue",
            "old": "Old Value",
            "stage": "New Value",
        },
    ),
    "marketo-activities, warehouse": (
        "marketo-activities",
        {
            "lead_id": "lead_id",
            "at": "activity_date",
            "field": "primary_attribute_value",
            "old": "old_value",
            "stage": "new_value",
            "actor": "modifying_user",
        },
    ),
    "history, canonical": (
        "history",
        {"lead_id": "lead_id", "stage": "stage", "at": "at", "old": "old", "field": "field", "actor": "actor"},
    ),
    "history, usual words": ("history", {"lead_id": "record", "stage": "new", "at": "timestamp", "old": "from_stage"}),
    "history, events of users": ("history", {"lead_id": "user_id", "stage": "event", "at": "timestamp"}),
    "custom, canonical": (
        "custom",
        {name: name for name in (*COLUMNS, *SIGNS, *STAGES, "lost")},
    ),
}


@pytest.mark.parametrize(("name", "expected"), SPELLINGS.values(), ids=SPELLINGS)
def test_the_headers_of_each_spelling_are_known_for_what_they_are(
    tmp_path: Path, name: str, expected: Mapping[str, str]
) -> None:
    plan = read_charter(write(tmp_path, {}, charter({"file": "f", "layout": name}, stages=STAGES, exits=["lost"])))
    problems: list[str] = []
    found = match([*expected.values(), "Notes"], layout(name), plan.exports[0], plan, problems)
    outcome = {f"outcome {one}": header for one, header in found.outcome.items()}
    assert problems == []
    assert {**found.columns, **found.stages, **outcome} == expected


@pytest.mark.parametrize(("name", "expected"), SPELLINGS.values(), ids=SPELLINGS)
def test_a_file_in_each_spelling_is_told_by_its_headers(name: str, expected: Mapping[str, str]) -> None:
    assert detect([*expected.values(), *MORE.get(name, ())]).layout == name


# What such files have besides, and without which their headers might be another's: see the tests of questions below.
MORE = {
    "salesforce-opportunities": ["Opportunity Name"],
    "hubspot-contacts": ["Lifecycle Stage"],
    "hubspot-contact-history": ["source_id"],
}


# The columns of tables that connectors write (the seed files of Fivetran's dbt packages, Apache-2.0), as far as they
# are Salesforce's, HubSpot's or Marketo's own.
CONNECTORS: dict[str, tuple[str | None, str]] = {
    "salesforce lead": (
        "salesforce-leads",
        "country email_bounced_reason email_bounced_date owner_id lead_source converted_date last_modified_date "
        "master_record_id last_modified_by_id system_modstamp converted_contact_id id photo_url state "
        "last_activity_date phone name created_by_id salutation is_converted is_unread_by_owner status city "
        "industry title _fivetran_synced converted_opportunity_id is_deleted street company first_name email website "
        "last_name number_of_employees created_date converted_account_id annual_revenue description _fivetran_active",
    ),
    "salesforce opportunity": (
        "salesforce-opportunities",
        "_fivetran_synced account_id amount campaign_id close_date created_date description expected_revenue fiscal "
        "fiscal_quarter fiscal_year forecast_category forecast_category_name has_open_activity "
        "has_opportunity_line_item has_overdue_task id is_closed is_deleted is_excluded_from_territory_2_filter is_won "
        "last_activity_date last_referenced_date last_viewed_date lead_source name next_step owner_id pricebook_2_id "
        "probability record_type_id stage_name synced_quote_id territory_2_id type _fivetran_active",
    ),
    "salesforce opportunity, every state": (
        "salesforce-opportunity-history",
        "_fivetran_active _fivetran_start _fivetran_end _fivetran_synced account_id amount campaign_id close_date "
        "created_date description expected_revenue fiscal fiscal_quarter fiscal_year forecast_category "
        "forecast_category_name has_open_activity has_opportunity_line_item has_overdue_task id is_closed is_deleted "
        "is_won last_activity_date last_referenced_date last_viewed_date lead_source name next_step owner_id "
        "probability record_type_id stage_name synced_quote_id type",
    ),
    "salesforce contact, every state": (
        None,
        "_fivetran_active _fivetran_start _fivetran_end id _fivetran_synced account_id email first_name is_deleted "
        "last_activity_date last_modified_date last_name mailing_city master_record_id name owner_id phone title "
        "lead_source description",
    ),
    "salesforce task": (
        None,
        "who_id call_disposition owner_id subject description last_modified_date _fivetran_synced is_deleted id "
        "call_type is_closed activity_date priority account_id created_by_id created_date what_id task_subtype status "
        "type record_type_id completed_date_time _fivetran_active",
    ),
    "hubspot contact": (
        "hubspot-contacts",
        "_fivetran_deleted _fivetran_synced property_email id property_company property_firstname property_lastname "
        "property_email_1 property_createdate property_jobtitle property_annualrevenue property_hs_merged_object_ids "
        "property_created_at property_first_conversion_date",
    ),
    "hubspot contact, property history": (
        "hubspot-contact-history",
        "contact_id timestamp _fivetran_synced source name value source_id",
    ),
    "hubspot deal": (
        "hubspot-deals",
        "deal_id is_deleted deal_pipeline_id deal_pipeline_stage_id owner_id portal_id property_dealname "
        "property_description property_amount property_closedate property_createdate",
    ),
    "hubspot deal, stages": (
        "hubspot-deal-history",
        "_fivetran_start deal_id _fivetran_active _fivetran_end _fivetran_synced date_entered source source_id value",
    ),
    "hubspot deal, property history": (
        "hubspot-deal-history",
        "deal_id timestamp _fivetran_synced source name source_id value",
    ),
    "hubspot stages of pipelines": (
        None,
        "_fivetran_deleted _fivetran_synced active closed_won is_closed display_order probability stage_id label "
        "pipeline_id created_at updated_at",
    ),
    "hubspot contacts of deals": (None, "contact_id deal_id _fivetran_synced type_id category"),
    "hubspot merges": (
        None,
        "canonical_vid contact_id vid_to_merge _fivetran_synced entity_id first_name last_name num_properties_moved "
        "timestamp user_id",
    ),
    "marketo lead": (None, "id created_at updated_at email first_name last_name"),
    "marketo changes": (
        "marketo-activities",
        "activity_date activity_type_id api_method_name campaign_id id lead_id modifying_user new_value old_value "
        "primary_attribute_value primary_attribute_value_id reason request_id source",
    ),
}


@pytest.mark.parametrize(("name", "columns"), CONNECTORS.values(), ids=CONNECTORS)
def test_a_table_of_a_connector_is_told_by_its_columns(name: str | None, columns: str) -> None:
    assert detect(columns.split()).layout == name


# What the vendors' documentation lists and a file of the kind may have, besides the above.
LISTED = {
    "hubspot-contacts": [
        "Lifecycle Stage",
        "lifecyclestage",
        "hs_lead_status",
        "Original Traffic Source Drill-Down 2",
        "Original source data 2",
        "hs_analytics_source_data_2",
        "Latest Source",
        "Latest Source Drill-Down 1",
        "Latest Source Date",
        "Latest Traffic Source",
        "hs_latest_source",
        "hs_latest_source_data_1",
        "hs_latest_source_timestamp",
        "Owner Assigned Date",
        "hubspot_owner_assigneddate",
        "Became a Lead Date",
        "Became an Evangelist Date",
        "Became an Other Lifecycle Date",
        "hs_lifecyclestage_lead_date",
        "hs_lifecyclestage_other_date",
        "Date exited 'Marketing Qualified Lead (Lifecycle Stage Pipeline)'",
        "hs_time_to_first_engagement",
        "hs_first_outreach_date",
        "hs_sa_first_engagement_date",
        "num_contacted_notes",
        "Latest meeting activity",
        "First Deal Created Date",
        "Associated Deals",
        "Number of Associated Deals",
        "Recent Deal Close Date",
        "Total Revenue",
        "First Conversion Date",
        "num_conversion_events",
        "hs_calculated_merged_vids",
        "Latest Open Lead Date",
        "hs_latest_qualified_lead_date",
    ],
    "hubspot-deals": [
        "Deal Name",
        "dealname",
        "Amount in company currency",
        "Deal owner",
        "Deal Type",
        "Date entered current stage",
        "Original Traffic Source",
        "Original Traffic Source Drill-Down 1",
        "Original Source Type",
        "Closed Lost Reason",
        "Closed Won Reason",
        "hs_lastmodifieddate",
    ],
    "salesforce-leads": [
        "Converted",
        "IsConverted",
        "Converted Date",
        "ConvertedDate",
        "Converted Account",
        "Converted Contact",
        "ConvertedContactId",
        "Unread By Owner",
        "FirstCallDateTime",
        "FirstEmailDateTime",
    ],
    "salesforce-opportunities": ["Opportunity Owner", "Opportunity Name", "Forecast Category", "ForecastCategoryName"],
    "salesforce-opportunity-history": ["PrevAmount", "PrevCloseDate"],
    "pipedrive-deals": [
        "Deal - Title",
        "Deal - Stage",
        "Deal - Owner",
        "Deal - Organization",
        "Deal - Contact person",
        "Deal - Update time",
        "Deal - Last stage change",
        "Deal - Stage change time",
        "Deal - Closed on",
        "Deal - Lost reason",
        "Deal - Total activities",
        "Deal - Expected close date",
        "update_time",
        "stage_change_time",
    ],
    "dynamics-leads": ["(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On", "Source Campaign"],
    "marketo-activities": ["activity_type_id", "primary_attribute_value_id", "api_method_name"],
}


@pytest.mark.parametrize("name", LISTED)
def test_what_a_vendor_lists_is_known(name: str) -> None:
    assert [header for header in LISTED[name] if plain(header) not in layout(name).headers] == []


@pytest.mark.parametrize("name", layouts())
def test_no_header_of_a_layout_stands_for_two_things(name: str) -> None:
    one = layout(name)
    outcome = {told: headers for told, headers in one.outcome.items() if not told.endswith("_stages")}
    known = [
        plain(header) for table in (one.columns, one.stages, outcome) for all_ in table.values() for header in all_
    ]
    assert sorted({header for header in known if known.count(header) > 1}) == []


@pytest.mark.parametrize("name", layouts())
def test_a_layout_speaks_the_package_s_own_words(name: str) -> None:
    one = layout(name)
    assert set(one.columns) <= {*COLUMNS, *SIGNS, *(EVENT if one.events else ())}
    assert one.columns[one.key]
    assert not one.events or (one.columns["stage"] and one.columns["at"] and not one.stages and not one.outcome)
    assert {*one.stages, *one.values} <= {*STAGES, "lost"}
    assert set(one.outcome) in (set(), {"closed_on", "closed", "won", "stage", "won_stages", "lost_stages"}) or (
        set(one.outcome) == {"closed_on", "stage", "won_stages", "lost_stages"}
    )
    assert set(one.several) <= set(one.columns)


@pytest.mark.parametrize("name", layouts())
def test_no_form_of_a_source_stands_for_two(name: str) -> None:
    one = layout(name)
    forms = [form for word, others in one.sources.items() for form in (word, *others)]
    assert sorted({form for form in forms if forms.count(form) > 1}) == []
    assert {*one.directions, *one.undecided} <= set(one.sources)
    assert set(one.directions.values()) <= set(DIRECTIONS)
    assert not set(one.directions) & set(one.undecided)


def test_the_sources_of_hubspot_are_the_same_on_contacts_and_deals() -> None:
    contacts, deals = layout("hubspot-contacts"), layout("hubspot-deals")
    assert contacts.sources == deals.sources
    assert contacts.directions == deals.directions
    assert contacts.undecided == deals.undecided == ("OFFLINE",)
    # knowledge.hubspot.com, "Understand source properties", and AI_REFERRALS, which is newer.
    assert " ".join(sorted(contacts.sources)) == (
        "AI_REFERRALS DIRECT_TRAFFIC EMAIL_MARKETING OFFLINE ORGANIC_SEARCH OTHER_CAMPAIGNS PAID_SEARCH PAID_SOCIAL "
        "REFERRALS SOCIAL_MEDIA"
    )


def test_a_source_is_never_called_outbound_for_being_offline() -> None:
    assert "OFFLINE" not in layout("hubspot-contacts").directions
    assert [source for source, way in layout("hubspot-contacts").directions.items() if way != "inbound"] == []


def test_a_file_is_told_and_the_reason_given() -> None:
    header = ["Record ID", "Email", "Original Source", "Create Date", "Became a Customer Date", "Lead Source"]
    assert detect(header) == Detected(
        "hubspot-contacts",
        "taken for hubspot-contacts: 5 of its headers are there, such as 'Original Source', 'Became a Customer Date' "
        "and 'Record ID', against 3 of salesforce-leads.",
        (),
    )


def test_a_history_that_repeats_its_records_says_so() -> None:
    told = detect(
        ["id", "stage_name", "_fivetran_start", "created_date", "close_date", "is_won", "is_closed", "amount"]
    )
    assert told == Detected(
        "salesforce-opportunity-history",
        "taken for salesforce-opportunity-history: 4 of its headers are there, such as '_fivetran_start', 'id' and "
        "'stage_name', against 7 of salesforce-opportunities, whose records it may repeat.",
        (),
    )


def test_a_vendor_s_file_is_not_taken_for_one_of_usual_words() -> None:
    told = detect(["Lead_ID", "source", "owner", "amount", "stage", "at", "new_value", "activity_date"])
    assert told.layout == "marketo-activities"
    assert told.because == (
        "taken for marketo-activities: 3 of its headers are there, namely 'activity_date', 'Lead_ID' and 'new_value', "
        "against 4 of custom, which knows usual words only."
    )


def test_headers_without_their_id_are_no_rival() -> None:
    told = detect(["Id", "LeadSource", "IsConverted", "Deal Name", "Deal Stage", "Deal Type"])
    assert told.because == (
        "taken for salesforce-leads: 3 of its headers are there, namely 'IsConverted', 'Id' and 'LeadSource', against "
        "3 of hubspot-deals, which lacks its id or a header of its own."
    )


def test_two_layouts_that_fit_alike_are_a_question() -> None:
    assert detect(["Record ID", "Create Date", "Original Traffic Source"]) == Detected(
        None,
        "is this hubspot-contacts (3 of its headers are there, namely 'Original Traffic Source', 'Record ID' and "
        "'Create Date', and nothing tells which) or hubspot-deals (3)? Write layout = \"hubspot-contacts\" or layout = "
        '"hubspot-deals" under its [[export]] in the charter.',
        ("hubspot-contacts", "hubspot-deals"),
    )


def test_a_snapshot_and_a_history_of_usual_words_are_a_question() -> None:
    told = detect(["lead_id", "source", "owner", "stage", "at"])
    assert (told.layout, told.rivals) == (None, ("custom", "history"))


def test_words_that_every_system_uses_are_a_question() -> None:
    assert detect(["Id", "CreatedDate", "LeadSource", "OwnerId"]) == Detected(
        None,
        "is this salesforce-leads (4 of its headers are there, such as 'Id', 'CreatedDate' and 'LeadSource', but none "
        'that tells it from other files) or salesforce-opportunities (2)? Write layout = "salesforce-leads" or layout '
        '= "salesforce-opportunities" under its [[export]] in the charter.',
        ("salesforce-leads", "salesforce-opportunities"),
    )
    assert detect(["Opportunity ID", "Amount", "Close Date"]) == Detected(
        None,
        "is this salesforce-opportunities (3 of its headers are there, namely 'Opportunity ID', 'Amount' and 'Close "
        'Date\', but none that tells it from other files)? Write layout = "salesforce-opportunities" under its '
        "[[export]] in the charter.",
        ("salesforce-opportunities",),
    )


@pytest.mark.parametrize(
    "headers", [["Id", "Amount", "Created Date"], ["Id", "CreatedDate"], ["id", "name", "created_at"], ["Record ID"]]
)
def test_shared_words_alone_decide_nothing(headers: list[str]) -> None:
    assert detect(headers).layout is None


def test_what_fits_nothing_says_what_was_looked_for() -> None:
    rest = 'write layout = "custom" under its [[export]] in the charter and name its columns under [export.columns].'
    assert detect(["age", "=cmd()"]) == Detected(
        None, f"no known layout fits: none has its id and a header of its own among 'age', '=cmd()'; {rest}", ()
    )
    assert detect(["", " "]) == Detected(None, f"no known layout fits: there is no header; {rest}", ())


def test_a_long_header_is_not_repeated_at_length() -> None:
    assert len(detect(["x" * 10_000, *(f"column {n}" for n in range(1_000))]).because) < 500


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (["lead_id", "source"], "custom"),
        (["lead_id", "lead", "won"], "custom"),
        (["lead_id"], None),
        (["lead_id", "Notes"], None),
        (["source", "owner", "won"], None),
        (["opportunity_id", "amount", "won"], None),
        (["lead_id", "stage", "at"], "history"),
        (["lead_id", "stage"], None),
        (["lead_id", "at"], None),
        (["stage", "at"], None),
        (["contact_id", "date", "value"], None),
    ],
)
def test_a_file_of_usual_words_is_told_only_by_what_it_needs(headers: list[str], name: str | None) -> None:
    assert detect(headers).layout == name


@pytest.mark.parametrize("name", SPELLINGS)
def test_neither_order_nor_spelling_changes_what_is_detected(name: str) -> None:
    known, expected = SPELLINGS[name]
    headers = [*expected.values(), *MORE.get(known, ()), "Notes"]
    other = [f" {header.upper()} " for header in headers]
    random.Random(7).shuffle(other)
    assert detect([*other, *other]).layout == known


def own(folder: Path, text: str) -> Path:
    (folder / "own.toml").write_text(text, "utf-8")
    return folder


def test_a_layout_of_one_s_own_is_read(tmp_path: Path) -> None:
    text = 'key = "lead_id"\nids = "salesforce"\n[columns]\nlead_id = ["Kontakt"]\n[stages]\nlead = ["Angelegt"]\n'
    one = layout("own.toml", own(tmp_path, "\ufeff" + text))
    assert (one.name, one.key, one.events, one.salesforce_ids) == ("own.toml", "lead_id", False, True)
    assert one.headers == {"kontakt", "angelegt"}


def test_a_broken_layout_of_one_s_own_tells_every_mistake(tmp_path: Path) -> None:
    text = """
    key = "lead"
    rows = "event"
    colums = ["Id"]
    marks = "Id"
    columns = { lead_id = "Id" }
    directions = { Web = "in" }
    several = { lead_id = 3 }
    """
    with pytest.raises(ValueError, match="own") as error:
        layout("own.toml", own(tmp_path, text))
    assert str(error.value) == (
        "the layout own.toml is wrong: colums: unknown key; did you mean 'columns'. "
        "marks: must be a list of texts; got 'Id'. "
        "columns.lead_id: must be a list of texts; got 'Id'. "
        "several.lead_id: must be a text; got 3. "
        "directions.Web: must be one of inbound, outbound, unknown; got 'in'. "
        "key: must be one of lead_id, opportunity_id; got 'lead'; did you mean 'lead_id'. "
        "rows: must be one of records, events; got 'event'; did you mean 'events'."
    )


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", ["columns: missing; write it.", "key: missing; write it."]),
        ('key = "lead_id"', ["columns: missing; write it."]),
        ('key = "lead_id"\ncolumns = 3', ["columns: must be a table; got 3."]),
        (
            'key = "lead_id"\nids = "zoho"\n[columns]\nlead_id = ["Id"]',
            ["ids: must be one of salesforce; got 'zoho'."],
        ),
    ],
)
def test_what_a_layout_of_one_s_own_lacks_is_told(tmp_path: Path, text: str, mistakes: Sequence[str]) -> None:
    with pytest.raises(ValueError, match="own") as error:
        layout("own.toml", own(tmp_path, text))
    assert str(error.value) == f"the layout own.toml is wrong: {' '.join(mistakes)}"


def test_a_layout_that_is_no_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="own") as error:
        layout("own.toml", own(tmp_path, "key = lead_id"))
    assert str(error.value) == ("the layout own.toml cannot be read: Invalid value (at line 1, column 7); correct it.")
