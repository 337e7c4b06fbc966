//! Conversions that accounts and contacts share.

use crm_kit::convert::{enum_name, enum_number};
use crm_kit::error::Violations;
use crm_kit::service::Context;
use crm_kit::{Access, Result};
use crm_protos::customers::v1 as proto;
use crm_values::phone::Region;
use crm_values::{Address, Email, Phone};

use crate::store::organization;

pub(super) fn phones(phones: &[proto::Phone], path: &str, violations: &mut Violations) -> Vec<Phone> {
    let phone = |(index, phone): (usize, &proto::Phone)| Phone {
        number: phone.number.clone(),
        r#type: enum_name(
            phone.r#type,
            proto::PointType::as_str_name,
            &format!("{path}[{index}].type"),
            violations,
        ),
        primary: phone.primary,
        opted_out: phone.opted_out,
        invalid: phone.invalid,
    };
    phones.iter().enumerate().map(phone).collect()
}

pub(super) fn phone_messages(phones: &[Phone]) -> Vec<proto::Phone> {
    let message = |phone: &Phone| proto::Phone {
        number: phone.number.clone(),
        r#type: enum_number(&phone.r#type, proto::PointType::from_str_name),
        primary: phone.primary,
        opted_out: phone.opted_out,
        invalid: phone.invalid,
    };
    phones.iter().map(message).collect()
}

pub(super) fn emails(emails: &[proto::Email], path: &str, violations: &mut Violations) -> Vec<Email> {
    let email = |(index, email): (usize, &proto::Email)| Email {
        address: email.address.clone(),
        r#type: enum_name(
            email.r#type,
            proto::PointType::as_str_name,
            &format!("{path}[{index}].type"),
            violations,
        ),
        primary: email.primary,
        opted_out: email.opted_out,
        invalid: email.invalid,
    };
    emails.iter().enumerate().map(email).collect()
}

pub(super) fn email_messages(emails: &[Email]) -> Vec<proto::Email> {
    let message = |email: &Email| proto::Email {
        address: email.address.clone(),
        r#type: enum_number(&email.r#type, proto::PointType::from_str_name),
        primary: email.primary,
        opted_out: email.opted_out,
        invalid: email.invalid,
    };
    emails.iter().map(message).collect()
}

pub(super) fn address(address: Option<&proto::Address>) -> Address {
    let proto::Address { street, city, state, country, postal_code } = address.cloned().unwrap_or_default();
    Address { street, city, state, country, postal_code }
}

/// The region in which national numbers are read: the organization's, or the usual one until it is known.
pub(super) async fn region(
    context: &Context,
    access: &Access,
    numbers: &[proto::Phone],
    usual: Region,
) -> Result<Region> {
    if numbers.is_empty() {
        return Ok(usual);
    }
    Ok(organization::region(context.db.connection(), access.organization()).await?.unwrap_or(usual))
}

/// An address that holds nothing is not shown.
pub(super) fn address_message(address: &Address) -> Option<proto::Address> {
    let Address { street, city, state, country, postal_code } = address.clone();
    (*address != Address::default()).then_some(proto::Address { street, city, state, country, postal_code })
}
