//! What the letters say, in the recipient's language.

use std::fmt::Write;
use std::time::Duration;

use crm_protos::identity::v1::NotificationKind;

/// A language that letters are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese as it is written on the mainland.
    SimplifiedChinese,
    /// Chinese as it is written in Taiwan and Hong Kong.
    TraditionalChinese,
}

impl Language {
    /// The language that a tag such as `zh-CN` asks for, or the nearest that there is.
    pub fn of(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase().replace('_', "-");
        let parts = tag.split('-').collect::<Vec<_>>();
        let has = |names: &[&str]| parts.iter().any(|part| names.contains(part));
        match parts.first() {
            Some(&"zh") if has(&["hant"]) => Self::TraditionalChinese,
            // The script says more than the region.
            Some(&"zh") if has(&["tw", "hk", "mo"]) && !has(&["hans"]) => Self::TraditionalChinese,
            Some(&"zh") => Self::SimplifiedChinese,
            _ => Self::English,
        }
    }

    fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh-CN",
            Self::TraditionalChinese => "zh-TW",
        }
    }
}

/// Who gets a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The e-mail address.
    pub address: String,
    /// The name; empty if it is not known.
    pub name: String,
    /// The language.
    pub language: Language,
}

/// A letter that asks its reader to follow a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Who gets it.
    pub recipient: Recipient,
    /// The subject.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// What it says, as HTML.
    pub html: String,
    /// The link.
    pub link: String,
}

/// The parts of a letter; every language orders them the same.
struct Parts {
    subject: String,
    reason: String,
    action: &'static str,
    /// The lines after the link.
    closing: String,
}

impl Letter {
    /// Invites a user to an organization; the link is good for so long.
    pub fn invitation(recipient: Recipient, organization: &str, link: &str, lifetime: Duration) -> Self {
        let (organization, language) = (line(organization), recipient.language);
        let parts = match language {
            Language::English => Parts {
                subject: format!("{organization} invites you to its CRM"),
                reason: format!("{organization} has opened an account for you. Choose a password to begin."),
                action: "Choose a password",
                closing: limited(language, lifetime, "If you did not expect this, ignore this mail."),
            },
            Language::SimplifiedChinese => Parts {
                subject: format!("{organization} 邀请您使用 CRM"),
                reason: format!("{organization} 已为您开通账号，请设置密码后开始使用。"),
                action: "设置密码",
                closing: limited(language, lifetime, "如果您不清楚为何收到此邮件，请忽略。"),
            },
            Language::TraditionalChinese => Parts {
                subject: format!("{organization} 邀請您使用 CRM"),
                reason: format!("{organization} 已為您開通帳號，請設定密碼後開始使用。"),
                action: "設定密碼",
                closing: limited(language, lifetime, "如果您不清楚為何收到此郵件，請忽略。"),
            },
        };
        Self::write(recipient, parts, link)
    }

    /// Lets a user choose a new password; the link is good for so long.
    pub fn password_reset(recipient: Recipient, organization: &str, link: &str, lifetime: Duration) -> Self {
        let (organization, language) = (line(organization), recipient.language);
        let parts = match language {
            Language::English => Parts {
                subject: "Choose a new password".to_owned(),
                reason: format!(
                    "Somebody, most likely you, asked for a new password for your account at {organization}."
                ),
                action: "Choose a new password",
                closing: limited(
                    language,
                    lifetime,
                    "If it was not you, ignore this mail: your password stays as it is.",
                ),
            },
            Language::SimplifiedChinese => Parts {
                subject: "重置密码".to_owned(),
                reason: format!("我们收到了重置您在 {organization} 的账号密码的请求。"),
                action: "重置密码",
                closing: limited(language, lifetime, "如果不是您本人操作，请忽略此邮件，您的密码不会改变。"),
            },
            Language::TraditionalChinese => Parts {
                subject: "重設密碼".to_owned(),
                reason: format!("我們收到了重設您在 {organization} 的帳號密碼的請求。"),
                action: "重設密碼",
                closing: limited(language, lifetime, "如果不是您本人操作，請忽略此郵件，您的密碼不會變更。"),
            },
        };
        Self::write(recipient, parts, link)
    }

    /// Tells a user of a record; `None` if there is nothing to say about the kind.
    pub fn notification(
        recipient: Recipient,
        organization: &str,
        kind: NotificationKind,
        title: &str,
        link: &str,
    ) -> Option<Self> {
        let (organization, language, title) = (line(organization), recipient.language, line(title));
        let (subject, reason) = match (kind, language) {
            (NotificationKind::Unspecified, _) => return None,
            (NotificationKind::FollowUpDue, Language::English) => {
                (format!("Follow up: {title}"), format!("It is time to follow up {title}."))
            }
            (NotificationKind::FollowUpDue, Language::SimplifiedChinese) => {
                (format!("待跟进：{title}"), format!("{title} 已到跟进时间，请及时跟进。"))
            }
            (NotificationKind::FollowUpDue, Language::TraditionalChinese) => {
                (format!("待跟進：{title}"), format!("{title} 已到跟進時間，請盡快跟進。"))
            }
            (NotificationKind::RecordAssigned, Language::English) => {
                (format!("Assigned to you: {title}"), format!("{title} is now yours to look after."))
            }
            (NotificationKind::RecordAssigned, Language::SimplifiedChinese) => {
                (format!("已分配给您：{title}"), format!("{title} 已分配给您，请及时处理。"))
            }
            (NotificationKind::RecordAssigned, Language::TraditionalChinese) => {
                (format!("已指派給您：{title}"), format!("{title} 已指派給您，請盡快處理。"))
            }
            (NotificationKind::Mentioned, Language::English) => {
                (format!("You were mentioned: {title}"), format!("A comment on {title} is meant for you."))
            }
            (NotificationKind::Mentioned, Language::SimplifiedChinese) => {
                (format!("有人在评论中提到您：{title}"), format!("{title} 的评论中提到了您。"))
            }
            (NotificationKind::Mentioned, Language::TraditionalChinese) => {
                (format!("有人在評論中提到您：{title}"), format!("{title} 的評論中提到了您。"))
            }
        };
        let is_addressed = kind == NotificationKind::Mentioned;
        let (action, closing) = match language {
            Language::English => {
                let why = if is_addressed { "somebody mentioned you" } else { "you look after it" };
                ("Open it in the CRM", format!("You get this mail because {why} at {organization}."))
            }
            Language::SimplifiedChinese => {
                let why = if is_addressed { "有人提到您" } else { "您负责此记录" };
                ("在 CRM 中查看", format!("在 {organization}，{why}，因此发送这封邮件。"))
            }
            Language::TraditionalChinese => {
                let why = if is_addressed { "有人提到您" } else { "您負責此記錄" };
                ("在 CRM 中檢視", format!("在 {organization}，{why}，因此寄出這封郵件。"))
            }
        };
        Some(Self::write(recipient, Parts { subject, reason, action, closing }, link))
    }

    fn write(recipient: Recipient, parts: Parts, link: &str) -> Self {
        let language = recipient.language;
        let Parts { subject, reason, action, closing } = parts;
        let greeting = greeting(language, &line(&recipient.name));
        let text = format!("{greeting}\n\n{reason}\n\n{link}\n\n{closing}\n");
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<body style=\"font-family: sans-serif\">\n",
            language.tag()
        );
        let paragraph = |html: &mut String, content: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(html, "<p>{content}</p>");
        };
        paragraph(&mut html, &escape(&greeting));
        paragraph(&mut html, &escape(&reason));
        paragraph(&mut html, &format!("<a href=\"{}\">{}</a>", escape(link), escape(action)));
        paragraph(&mut html, &escape(&closing).replace('\n', "<br>"));
        html.push_str("</body>\n</html>\n");
        Self { recipient, subject, text, html, link: link.to_owned() }
    }
}

fn greeting(language: Language, name: &str) -> String {
    match (language, name) {
        (Language::English, "") => "Hello,".to_owned(),
        (Language::English, name) => format!("Hello {name},"),
        (_, "") => "您好：".to_owned(),
        (_, name) => format!("{name}，您好："),
    }
}

/// How long the link is good, and what to do for those who did not ask for it.
fn limited(language: Language, lifetime: Duration, otherwise: &str) -> String {
    format!("{}\n{otherwise}", limit(language, lifetime))
}

fn limit(language: Language, lifetime: Duration) -> String {
    let minutes = lifetime.as_secs() / 60;
    let (number, hours) = if minutes.is_multiple_of(60) { (minutes / 60, true) } else { (minutes, false) };
    match language {
        Language::English => {
            let unit = if hours { "hour" } else { "minute" };
            let plural = if number == 1 { "" } else { "s" };
            format!("The link works once, for {number} {unit}{plural}.")
        }
        Language::SimplifiedChinese => {
            let unit = if hours { "小时" } else { "分钟" };
            format!("该链接在 {number} {unit}内有效，且只能使用一次。")
        }
        Language::TraditionalChinese => {
            let unit = if hours { "小時" } else { "分鐘" };
            format!("此連結在 {number} {unit}內有效，且只能使用一次。")
        }
    }
}

/// A text on one line: names are what users type, and a line end would begin another header or paragraph.
pub(crate) fn line(text: &str) -> String {
    let plain = text.split(|character: char| character.is_control() || character.is_whitespace());
    plain.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn recipient(language: Language) -> Recipient {
        Recipient { address: "li.na@huateng.example".into(), name: "李娜".into(), language }
    }

    #[test]
    fn a_tag_finds_the_nearest_language() {
        for (tag, language) in [
            ("en", Language::English),
            ("", Language::English),
            ("de-DE", Language::English),
            ("zh", Language::SimplifiedChinese),
            ("zh-CN", Language::SimplifiedChinese),
            ("zh-SG", Language::SimplifiedChinese),
            ("zh-Hans-HK", Language::SimplifiedChinese),
            ("zh_TW", Language::TraditionalChinese),
            ("zh-Hant", Language::TraditionalChinese),
            ("ZH-hk", Language::TraditionalChinese),
        ] {
            assert_eq!(Language::of(tag), language, "{tag}");
        }
    }

    #[test]
    fn every_letter_says_who_why_where_and_how_long() {
        for (language, greeting, limit) in [
            (Language::English, "Hello 李娜,", "for 72 hours."),
            (Language::SimplifiedChinese, "李娜，您好：", "72 小时内有效"),
            (Language::TraditionalChinese, "李娜，您好：", "72 小時內有效"),
        ] {
            let link = "https://crm.example/activate?token=crmi_x&a=b";
            let letters = [
                Letter::invitation(recipient(language), "华腾", link, 72 * HOUR),
                Letter::password_reset(recipient(language), "华腾", link, 72 * HOUR),
            ];
            for letter in letters {
                for part in [greeting, "华腾", link, limit] {
                    assert!(letter.text.contains(part), "{part} in {}", letter.text);
                }
                assert!(
                    letter.html.contains(r#"<a href="https://crm.example/activate?token=crmi_x&amp;a=b">"#)
                );
                assert!(letter.html.contains(greeting) && letter.html.contains(limit), "{}", letter.html);
                assert!(!letter.subject.is_empty());
            }
        }
    }

    #[test]
    fn a_notification_says_what_about_which_record() {
        let link = "https://crm.example/sales/leads/1";
        for kind in
            [NotificationKind::FollowUpDue, NotificationKind::RecordAssigned, NotificationKind::Mentioned]
        {
            let mut subjects = Vec::new();
            for language in [Language::English, Language::SimplifiedChinese, Language::TraditionalChinese] {
                let letter = Letter::notification(recipient(language), "华腾", kind, "A & B\r\nBcc: x", link);
                let letter = letter.unwrap();
                assert!(letter.subject.ends_with("A & B Bcc: x"), "{}", letter.subject);
                for part in ["李娜", "A & B Bcc: x", link, "华腾"] {
                    assert!(letter.text.contains(part), "{part} in {}", letter.text);
                }
                assert!(letter.html.contains("A &amp; B Bcc: x"), "{}", letter.html);
                subjects.push(letter.subject);
            }
            subjects.dedup();
            assert_eq!(subjects.len(), 3, "{subjects:?}");
        }
        let nothing = NotificationKind::Unspecified;
        assert_eq!(Letter::notification(recipient(Language::English), "A", nothing, "B", link), None);
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        for (minutes, said) in [(1, "1 minute."), (30, "30 minutes."), (60, "1 hour."), (90, "90 minutes.")] {
            let letter = Letter::password_reset(
                recipient(Language::English),
                "A",
                "l",
                Duration::from_secs(minutes * 60),
            );
            assert!(letter.text.contains(said), "{}", letter.text);
        }
    }

    #[test]
    fn names_change_neither_the_html_nor_the_lines() {
        let recipient = Recipient {
            name: "<script>alert('x')</script>\r\nBcc: a@b.example".into(),
            ..recipient(Language::English)
        };
        let letter =
            Letter::invitation(recipient, "A & \"B\"\r\nBcc: a@b.example", "https://crm.example/", HOUR);
        assert!(!letter.html.contains("<script>"), "{}", letter.html);
        assert!(letter.html.contains("A &amp; &quot;B&quot;"), "{}", letter.html);
        assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
        assert!(!letter.text.contains("\r\nBcc") && !letter.text.contains("\nBcc"), "{}", letter.text);
    }
}
