//! Names of persons, whose parts stand in another order in East Asia.

use crm_kit::error::Violations;

use crate::text;

const LONGEST: usize = 100;

/// The parts of a person's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// The whole name.
    pub full_name: String,
}

impl Name {
    /// Brings a name into its stored form: what is missing of the whole and its parts is made of the rest.
    pub fn normalize(self, path: &str, violations: &mut Violations) -> Self {
        let mut line =
            |value: &str, field: &str, most| text::line(value, most, &format!("{path}.{field}"), violations);
        let mut name = Self {
            given_name: line(&self.given_name, "given_name", LONGEST),
            family_name: line(&self.family_name, "family_name", LONGEST),
            full_name: line(&self.full_name, "full_name", 2 * LONGEST + 1),
        };
        if name.full_name.is_empty() {
            name.full_name = join(&name.given_name, &name.family_name);
        } else if name.given_name.is_empty()
            && name.family_name.is_empty()
            && let Some((family, given)) = split(&name.full_name)
        {
            (name.family_name, name.given_name) = (family.to_owned(), given.to_owned());
        }
        if name.full_name.is_empty() {
            violations.add(
                format!("{path}.full_name"),
                "NAME_REQUIRED",
                "give a given, a family or a full name",
            );
        }
        name
    }

    /// Clears what was made of the other parts before those changed, so that it is made anew.
    pub fn after(mut self, before: &Self) -> Self {
        let same_parts = self.given_name == before.given_name && self.family_name == before.family_name;
        let same_whole = self.full_name == before.full_name;
        if !same_parts && same_whole && before.full_name == join(&before.given_name, &before.family_name) {
            self.full_name.clear();
        } else if same_parts && !same_whole && split(&before.full_name).is_some_and(|parts| before.has(parts))
        {
            self.given_name.clear();
            self.family_name.clear();
        }
        self
    }

    fn has(&self, (family, given): (&str, &str)) -> bool {
        self.family_name == family && self.given_name == given
    }
}

/// Makes a whole name: in Chinese, Japanese and Korean the family name comes first and without a space.
pub fn join(given: &str, family: &str) -> String {
    if given.is_empty() || family.is_empty() {
        return format!("{given}{family}");
    }
    if given.chars().chain(family.chars()).all(is_east_asian) {
        format!("{family}{given}")
    } else {
        format!("{given} {family}")
    }
}

/// Splits a Chinese name into family and given name where the family name is beyond doubt. Any other short text in
/// Chinese characters, a department for example or a Japanese name, stays whole.
fn split(full: &str) -> Option<(&str, &str)> {
    let starts = full.char_indices().map(|(start, _)| start).collect::<Vec<_>>();
    if !(2..=4).contains(&starts.len()) || !full.chars().all(is_han) {
        return None;
    }
    let compound = starts.len() > 2 && DOUBLE.split(' ').any(|family| full.starts_with(family));
    let single = starts.len() < 4 && full.starts_with(|first| SINGLE.contains(first));
    let length = if compound { 2 } else { usize::from(single) };
    // Two characters that are a compound surname are the surname alone.
    let whole = DOUBLE.split(' ').any(|family| family == full);
    (length > 0 && !whole).then(|| full.split_at(starts[length]))
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '々')
}

/// Whether a character belongs to the scripts of Chinese, Japanese or Korean.
pub(crate) fn is_east_asian(character: char) -> bool {
    let kana = matches!(character, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}');
    let hangul =
        matches!(character, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}');
    is_han(character) || kana || hangul
}

/// The most frequent Chinese surnames of one character, in both ways of writing.
const SINGLE: &str = "\
    王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓邓鄧冯馮曹彭曾肖蕭萧\
    田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任卢盧姚沈钟鍾姜崔谭譚陆陸范汪廖石金韦韋贾賈夏付傅方邹鄒熊白孟秦邱\
    侯江尹薛闫閆阎閻段雷龙龍黎史陶贺賀毛郝顾顧龚龔邵万萬覃武钱錢戴严嚴莫孔向汤湯温溫康施文牛樊葛邢安齐齊易乔喬\
    伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关關兰蘭焦俞左柳甘祝包宁寧尚符舒阮柯纪紀梅童凌毕畢单單季裴霍涂成\
    苗谷盛曲翁冉骆駱蓝藍路游靳管柴蒙鲍鮑华華喻祁房解牟艾尤穆辛卓古滕屈司苟";

/// The Chinese surnames of two characters, in both ways of writing.
const DOUBLE: &str = "\
    欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 司徒 东方 東方 独孤 獨孤 南宫 南宮 夏侯 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 轩辕 軒轅 \
    长孙 長孫 宇文 司空 淳于 东郭 東郭 端木 呼延 万俟 鲜于 鮮于 闾丘 閭丘 太史 申屠 钟离 鍾離 濮阳 濮陽 澹台 澹臺 赫连 赫連 \
    拓跋 百里 西门 西門 第五";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::found;

    fn name(given: &str, family: &str, full: &str) -> Name {
        Name { given_name: given.into(), family_name: family.into(), full_name: full.into() }
    }

    fn stored(name: Name) -> Name {
        let mut violations = Violations::default();
        let stored = name.normalize("contact", &mut violations);
        violations.finish().unwrap();
        stored
    }

    #[test]
    fn the_whole_name_follows_the_order_of_its_script() {
        for (given, family, full) in [
            ("伟", "王", "王伟"),
            ("娜娜", "欧阳", "欧阳娜娜"),
            ("太郎", "山田", "山田太郎"),
            ("さくら", "佐々木", "佐々木さくら"),
            ("민준", "김", "김민준"),
            ("Ada", "Lovelace", "Ada Lovelace"),
            ("Jackie", "陈", "Jackie 陈"),
            (" Jean  Luc", "Picard ", "Jean Luc Picard"),
            ("Plato", "", "Plato"),
            ("", "王", "王"),
        ] {
            assert_eq!(stored(name(given, family, "")).full_name, full);
        }
    }

    #[test]
    fn a_whole_name_that_is_given_stays() {
        assert_eq!(stored(name("Wei", "Wang", "王伟 (Wei)")), name("Wei", "Wang", "王伟 (Wei)"));
    }

    #[test]
    fn a_chinese_name_is_split_where_it_is_beyond_doubt() {
        for (full, family, given) in [
            ("王伟", "王", "伟"),
            ("陳美玲", "陳", "美玲"),
            ("欧阳娜娜", "欧阳", "娜娜"),
            ("司马光", "司马", "光"),
        ] {
            assert_eq!(stored(name("", "", full)), name(given, family, full));
        }
        for full in [
            "财务部",
            "山田太郎",
            "欧阳",
            "王",
            "阿卜杜拉",
            "王伟先生们",
            "김민준",
            "Ada Lovelace",
            "王 伟",
            "佐々木",
        ] {
            assert_eq!(stored(name("", "", full)), name("", "", full));
        }
    }

    #[test]
    fn a_person_has_a_name() {
        let mut violations = Violations::default();
        name(" ", "", "\t").normalize("contact", &mut violations);
        assert_eq!(found(violations), [("contact.full_name".to_owned(), "NAME_REQUIRED")]);
    }

    #[test]
    fn a_change_of_a_part_changes_the_whole_that_was_made_of_it() {
        let before = stored(name("Ada", "Byron", ""));
        let married = Name { family_name: "Lovelace".into(), ..before.clone() };
        assert_eq!(stored(married.after(&before)).full_name, "Ada Lovelace");
        let titled = name("Ada", "Byron", "Countess Ada");
        let married = Name { family_name: "Lovelace".into(), ..titled.clone() };
        assert_eq!(stored(married.after(&titled)).full_name, "Countess Ada");
    }

    #[test]
    fn a_change_of_the_whole_changes_the_parts_that_were_made_of_it() {
        let before = stored(name("", "", "王伟"));
        let corrected = Name { full_name: "汪伟".into(), ..before.clone() };
        assert_eq!(stored(corrected.after(&before)), name("伟", "汪", "汪伟"));
        let unchanged = before.clone();
        assert_eq!(stored(unchanged.after(&before)), before);
    }

    proptest! {
        #[test]
        fn the_parts_of_a_split_name_make_it_again(full in "[王李欧阳司马山田太郎一-龥]{1,5}") {
            if let Some((family, given)) = split(&full) {
                prop_assert!(!family.is_empty() && !given.is_empty());
                prop_assert_eq!(join(given, family), full);
            }
        }

        #[test]
        fn the_stored_form_is_its_own_stored_form(given: String, family: String, full: String) {
            let mut violations = Violations::default();
            let once = name(&given, &family, &full).normalize("contact", &mut violations);
            prop_assert_eq!(&once.clone().normalize("contact", &mut violations), &once);
        }
    }
}
