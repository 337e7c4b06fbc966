//! The first start.

use crm_identity::{Identity, bootstrap};
use crm_kit::testing::Harness;
use crm_protos::identity::v1::organizations_client::OrganizationsClient;
use crm_protos::identity::v1::{
    GetOrganizationRequest, ListRolesRequest, Organization, UpdateOrganizationRequest, User, WorkingHours,
};

use crate::company::address;
use crate::{assert_refused, pair, run, violations};

#[tokio::test]
async fn two_processes_that_start_at_once_found_one_organization() {
    Harness::run(Identity, async |harness| {
        assert!(bootstrap::oldest_administrator(&harness.context).await.unwrap().is_none());
        let found = || bootstrap::first_organization(&harness.context);
        let (one, two, three) = tokio::join!(found(), found(), found());
        let founded: Vec<_> = [one, two, three].into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(founded.len(), 1);
        assert_eq!((founded[0].email.as_str(), founded[0].password.len()), ("admin@example.com", 23));
        assert!(bootstrap::first_organization(&harness.context).await.unwrap().is_none());
        assert!(bootstrap::oldest_administrator(&harness.context).await.unwrap().is_some());
        let second = bootstrap::create_organization(&harness.context, "Other", "admin@example.com").await;
        assert_eq!(second.err().unwrap().reason(), "EMAIL_TAKEN");
    })
    .await;
}

#[tokio::test]
async fn an_organization_begins_with_its_roles_and_is_given_its_name() {
    run(async |company| {
        let request = company.request(ListRolesRequest { page_size: 200, ..Default::default() });
        let roles = company.roles().list_roles(request).await.unwrap().into_inner().roles;
        assert!(roles.len() == 7 && roles.iter().all(|role| role.built_in), "{roles:?}");
        let mut client = OrganizationsClient::new(company.harness.channel.clone());
        let own =
            client.get_organization(company.request(GetOrganizationRequest {})).await.unwrap().into_inner();
        assert_eq!((&*own.name, &*own.region, &*own.currency), ("Huateng", "CN", "CNY"));
        let mut update = async |organization: Organization| {
            let request = UpdateOrganizationRequest { organization: Some(organization), update_mask: None };
            client.update_organization(company.request(request)).await
        };
        let wrong = Organization {
            currency: "Yuan".to_owned(),
            region: "China".to_owned(),
            language: "Deutsch".to_owned(),
            time_zone: "Peking time".to_owned(),
            ..own.clone()
        };
        let expected = [
            pair("organization.currency", "CURRENCY_INVALID"),
            pair("organization.region", "REGION_INVALID"),
            pair("organization.time_zone", "TIME_ZONE_INVALID"),
            pair("organization.language", "LANGUAGE_INVALID"),
        ];
        assert_eq!(violations(update(wrong).await), expected);
        // They have the form, but nobody knows them.
        let unknown = Organization {
            currency: "ABC".to_owned(),
            region: "XX".to_owned(),
            time_zone: "Asia/Beijing".to_owned(),
            ..own.clone()
        };
        assert_eq!(violations(update(unknown).await), expected[..3]);
        let renamed = Organization { name: "华腾".to_owned(), ..own.clone() };
        let renamed = update(renamed).await.unwrap().into_inner();
        assert_eq!((&*renamed.name, &renamed.time_zone), ("华腾", &own.time_zone));
        assert_refused(update(own).await, tonic::Code::Aborted, "STALE");
    })
    .await;
}

#[tokio::test]
async fn an_organization_has_a_face_and_hours() {
    run(async |company| {
        let mut client = OrganizationsClient::new(company.harness.channel.clone());
        let own =
            client.get_organization(company.request(GetOrganizationRequest {})).await.unwrap().into_inner();
        assert!(own.logo.is_empty() && own.working_hours.is_empty());
        let mut update = async |organization: Organization| {
            let paths = ["logo", "working_hours"].map(str::to_owned).to_vec();
            let update_mask = Some(prost_types::FieldMask { paths });
            let request = UpdateOrganizationRequest { organization: Some(organization), update_mask };
            client.update_organization(company.request(request)).await
        };
        let hours = |weekday, start: &str, end: &str| WorkingHours {
            weekday,
            start: start.to_owned(),
            end: end.to_owned(),
        };
        let picture = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 100]].concat();
        for logo in [b"<svg onload='x()'/>".to_vec(), [picture.as_slice(), &[0; 100 << 10]].concat()] {
            let wrong = Organization { logo, working_hours: vec![hours(8, "09:00", "18:00")], ..own.clone() };
            let expected = [
                pair("organization.working_hours[0].weekday", "OUT_OF_RANGE"),
                pair("organization.logo", "PICTURE_INVALID"),
            ];
            assert_eq!(violations(update(wrong).await), expected);
        }
        let week: Vec<_> = (1..=5).map(|day| hours(day, "09:00", "18:00")).collect();
        let dressed = Organization { logo: picture.clone(), working_hours: week.clone(), ..own };
        let dressed = update(dressed).await.unwrap().into_inner();
        assert_eq!((&dressed.logo, &dressed.working_hours), (&picture, &week));
        let bare = Organization { logo: Vec::new(), working_hours: Vec::new(), ..dressed };
        let bare = update(bare).await.unwrap().into_inner();
        assert!(bare.logo.is_empty() && bare.working_hours.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_users_of_a_demo_company_are_let_in_once() {
    run(async |company| {
        let email = address("demo");
        let user = User { email: email.clone(), display_name: "Demo".to_owned(), ..User::default() };
        let ids =
            [company.create_user(user).await.unwrap().into_inner().id, company.administrator.id.clone()];
        let organization = company.vouched().await.organization();
        let open = || bootstrap::open_demo_users(&company.harness.context, organization, &ids);
        let password = open().await.unwrap().unwrap();
        company.sign_in(&email, &password).await.unwrap();
        company.sign_in(&company.administrator.email, &password).await.unwrap_err();
        assert!(open().await.unwrap().is_none());
    })
    .await;
}
