//! Forms on web sites, and what they hand in.

use crm_kit::access::Scope;
use crm_protos::customers::v1::{Address, Source};
use crm_protos::sales::v1::{
    CaptureLeadRequest, DeleteLeadFormRequest, GetLeadFormRequest, LeadForm, LeadStatus,
    ListLeadFormsRequest, RenewLeadFormKeyRequest, UpdateLeadFormRequest, Utm,
};
use prost_types::FieldMask;
use tonic::{Code, Request};
use tonic_types::StatusExt;

use super::team::{capture, create_form, form, forms, seen, visitor};
use super::{assert_refused, organization, run, violations};

#[tokio::test]
async fn a_form_is_kept_and_counts_what_it_has_taken() {
    run(async |harness| {
        let caller = organization(harness).await;
        let plain = LeadForm { name: "Contact us".to_owned(), ..Default::default() };
        let created = create_form(harness, &caller, plain).await.unwrap();
        assert_eq!((created.source(), created.leads_per_minute), (Source::WebSite, 30));
        assert!(created.key.starts_with("crm_form_") && created.key.len() == 52, "{}", created.key);
        let other = create_form(harness, &caller, LeadForm { name: "Fair".into(), ..Default::default() });
        let other = other.await.unwrap();
        assert_ne!(other.key, created.key);
        for name in ["one", "two"] {
            capture(harness, visitor(&created, name)).await.unwrap();
        }
        let list = ListLeadFormsRequest { order_by: "name".to_owned(), ..Default::default() };
        let listed = forms(harness).list_lead_forms(caller.request(list)).await.unwrap().into_inner();
        let counts: Vec<_> =
            listed.lead_forms.iter().map(|form| (form.name.as_str(), form.captured_count)).collect();
        assert_eq!(counts, [("Contact us", 2), ("Fair", 0)]);
        let patch = LeadForm { leads_per_minute: 60, key: "mine".to_owned(), ..created.clone() };
        let mask = Some(FieldMask { paths: vec!["leads_per_minute".to_owned(), "key".to_owned()] });
        let update = UpdateLeadFormRequest { lead_form: Some(patch), update_mask: mask };
        let updated = forms(harness).update_lead_form(caller.request(update)).await.unwrap().into_inner();
        let expected =
            LeadForm { leads_per_minute: 60, captured_count: 2, etag: "2".to_owned(), ..created.clone() };
        assert_eq!(updated, expected);
        let delete = DeleteLeadFormRequest { id: created.id.clone(), ..Default::default() };
        forms(harness).delete_lead_form(caller.request(delete)).await.unwrap();
        let get = GetLeadFormRequest { id: created.id.clone() };
        let gone = forms(harness).get_lead_form(caller.request(get)).await;
        assert_refused(gone, Code::NotFound, "NOT_FOUND");
        assert_refused(capture(harness, visitor(&created, "late")).await, Code::NotFound, "NOT_FOUND");
        assert_eq!(seen(harness, &caller).await.len(), 2, "its leads stay");
    })
    .await;
}

#[tokio::test]
async fn everything_wrong_with_a_form_is_named_at_once() {
    run(async |harness| {
        let caller = organization(harness).await;
        let wrong = LeadForm {
            source: 99,
            leads_per_minute: 601,
            channel: "x".repeat(101),
            campaign_id: "x".repeat(101),
            ..Default::default()
        };
        let status = create_form(harness, &caller, wrong).await.unwrap_err();
        let mut found: Vec<String> = violations(&status).into_iter().map(|(field, _)| field).collect();
        found.sort();
        let expected = ["campaign_id", "channel", "leads_per_minute", "name", "source"];
        assert_eq!(found, expected.map(|field| format!("lead_form.{field}")));
    })
    .await;
}

#[tokio::test]
async fn what_a_visitor_fills_in_becomes_a_lead_with_the_origin_of_the_form() {
    run(async |harness| {
        let caller = organization(harness).await;
        let fair = LeadForm {
            name: "Fair".to_owned(),
            source: Source::Event.into(),
            channel: "Canton Fair".to_owned(),
            campaign_id: "spring".to_owned(),
            ..Default::default()
        };
        let form = create_form(harness, &caller, fair).await.unwrap();
        let filled_in = CaptureLeadRequest {
            key: form.key.clone(),
            name: " 李娜 ".to_owned(),
            company: "华信".to_owned(),
            phone: "138 0013 8000".to_owned(),
            needs: "Pumps".to_owned(),
            address: Some(Address { city: "上海".into(), country: "cn".into(), ..Address::default() }),
            utm: Some(Utm { source: "baidu".into(), medium: "cpc".into(), ..Utm::default() }),
            ..Default::default()
        };
        capture(harness, filled_in).await.unwrap();
        let [lead] = &seen(harness, &caller).await[..] else { panic!("one lead") };
        assert_eq!(
            (lead.name.as_str(), lead.company.as_str(), lead.phone.as_str()),
            ("李娜", "华信", "+8613800138000")
        );
        assert_eq!(
            (lead.source(), lead.channel.as_str(), lead.campaign_id.as_str()),
            (Source::Event, "Canton Fair", "spring")
        );
        assert_eq!((lead.status(), lead.lead_form_id.as_str()), (LeadStatus::New, form.id.as_str()));
        assert_eq!(lead.utm.as_ref().map(|utm| utm.source.as_str()), Some("baidu"));
        assert_eq!(lead.address.as_ref().map(|address| address.country.as_str()), Some("CN"));
        assert_eq!((lead.owner_id.as_str(), lead.currency.as_str()), ("", "CNY"));
    })
    .await;
}

#[tokio::test]
async fn a_visitor_is_told_everything_that_is_wrong() {
    run(async |harness| {
        let caller = organization(harness).await;
        let form = form(harness, &caller).await;
        let nothing = CaptureLeadRequest { key: form.key.clone(), ..Default::default() };
        let status = capture(harness, nothing).await.unwrap_err();
        let mut found: Vec<String> = violations(&status).into_iter().map(|(field, _)| field).collect();
        found.sort();
        assert_eq!(found, ["email", "name"]);
        let wrong = CaptureLeadRequest {
            email: "nobody".to_owned(),
            phone: "call me".to_owned(),
            address: Some(Address { country: "Atlantis".into(), ..Address::default() }),
            ..visitor(&form, "Lin")
        };
        let status = capture(harness, wrong).await.unwrap_err();
        let mut found: Vec<String> = violations(&status).into_iter().map(|(field, _)| field).collect();
        found.sort();
        assert_eq!(found, ["address.country", "email", "phone"]);
        assert!(seen(harness, &caller).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_form_takes_only_so_many_leads() {
    run(async |harness| {
        let caller = organization(harness).await;
        let slow = LeadForm { name: "Slow".to_owned(), leads_per_minute: 2, ..Default::default() };
        let slow = create_form(harness, &caller, slow).await.unwrap();
        let quick = form(harness, &caller).await;
        for name in ["one", "two"] {
            capture(harness, visitor(&slow, name)).await.unwrap();
        }
        let status = capture(harness, visitor(&slow, "three")).await.unwrap_err();
        assert!(status.get_details_retry_info().is_some_and(|info| info.retry_delay.is_some()));
        assert_refused::<()>(Err(status), Code::ResourceExhausted, "LIMITED");
        capture(harness, visitor(&quick, "four")).await.unwrap();
        assert_eq!(seen(harness, &caller).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_a_robot_fills_in_is_dropped_without_a_word() {
    run(async |harness| {
        let caller = organization(harness).await;
        let slow = LeadForm { name: "Slow".to_owned(), leads_per_minute: 1, ..Default::default() };
        let form = create_form(harness, &caller, slow).await.unwrap();
        for name in ["robot", "robot", "robot"] {
            let trapped =
                CaptureLeadRequest { homepage: "http://spam.example".into(), ..visitor(&form, name) };
            capture(harness, trapped).await.unwrap();
        }
        // Robots do not keep people out.
        capture(harness, visitor(&form, "person")).await.unwrap();
        let names: Vec<_> = seen(harness, &caller).await.into_iter().map(|lead| lead.name).collect();
        assert_eq!(names, ["person"]);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_good_until_it_is_renewed_or_the_form_disabled() {
    run(async |harness| {
        let caller = organization(harness).await;
        let form = form(harness, &caller).await;
        capture(harness, visitor(&form, "one")).await.unwrap();
        let renew = RenewLeadFormKeyRequest { id: form.id.clone(), etag: form.etag.clone() };
        let renewed = forms(harness).renew_lead_form_key(caller.request(renew)).await.unwrap().into_inner();
        assert_eq!(renewed.captured_count, 1);
        assert_refused(capture(harness, visitor(&form, "two")).await, Code::NotFound, "NOT_FOUND");
        capture(harness, visitor(&renewed, "three")).await.unwrap();
        let disabled = LeadForm { disabled: true, ..renewed.clone() };
        let update = UpdateLeadFormRequest { lead_form: Some(disabled), update_mask: None };
        forms(harness).update_lead_form(caller.request(update)).await.unwrap();
        assert_refused(capture(harness, visitor(&renewed, "four")).await, Code::NotFound, "NOT_FOUND");
        for key in ["crm_form_nonsense", "crm_form_\0", "nonsense", "%"] {
            let unknown = LeadForm { key: key.to_owned(), ..LeadForm::default() };
            assert_refused(capture(harness, visitor(&unknown, "five")).await, Code::NotFound, "NOT_FOUND");
        }
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_is_handed_in_twice_under_one_key_is_taken_once() {
    run(async |harness| {
        let caller = organization(harness).await;
        let slow = LeadForm { name: "Slow".to_owned(), leads_per_minute: 1, ..Default::default() };
        let form = create_form(harness, &caller, slow).await.unwrap();
        let send = async |name: &str| {
            let mut request = Request::new(visitor(&form, name));
            request.metadata_mut().insert("idempotency-key", "visit-1".parse().unwrap());
            forms(harness).capture_lead(request).await
        };
        send("one").await.unwrap();
        send("one").await.unwrap();
        assert_refused(send("two").await, Code::InvalidArgument, "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(seen(harness, &caller).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_signed_in_elsewhere_hands_a_lead_in_like_anybody() {
    run(async |harness| {
        let caller = organization(harness).await;
        let form = form(harness, &caller).await;
        let stranger = harness.administrator();
        forms(harness).capture_lead(stranger.request(visitor(&form, "one"))).await.unwrap();
        assert!(seen(harness, &stranger).await.is_empty());
        let [lead] = &seen(harness, &caller).await[..] else { panic!("one lead") };
        assert_eq!(lead.owner_id, "");
        let nobody = harness.caller(caller.organization()).grant("sales.lead.read", Scope::All);
        let list = ListLeadFormsRequest::default();
        assert_eq!(
            forms(harness).list_lead_forms(nobody.request(list)).await.unwrap_err().code(),
            Code::PermissionDenied
        );
    })
    .await;
}
