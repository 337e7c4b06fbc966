//! Where the customers are.

use std::ops::Range;

use super::company::{EAST, INTERNATIONAL, NORTH, SOUTH};

/// How names and addresses are written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Culture {
    Chinese,
    English,
    German,
    French,
}

impl Culture {
    pub(super) fn roads(self) -> &'static [&'static str] {
        match self {
            Self::Chinese => &[
                "人民路",
                "中山路",
                "建设路",
                "解放路",
                "科技路",
                "创业大道",
                "滨河路",
                "文化路",
                "新华路",
                "长江路",
                "迎宾大道",
                "学府路",
            ],
            Self::English => &[
                "High Street",
                "Station Road",
                "King Street",
                "Park Avenue",
                "Market Street",
                "Church Road",
                "Victoria Street",
                "Mill Lane",
                "Queen Street",
                "Harbour Road",
            ],
            Self::German => &[
                "Bahnhofstraße",
                "Gartenstraße",
                "Schillerstraße",
                "Lindenallee",
                "Hauptstraße",
                "Goetheplatz",
            ],
            Self::French => &[
                "rue de la République",
                "avenue Victor Hugo",
                "rue du Marché",
                "boulevard Voltaire",
                "rue des Lilas",
            ],
        }
    }
}

/// A city, and what is written the same way in all of it. In patterns `#` stands for any digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub culture: Culture,
    pub city: &'static str,
    /// The name of the city in Latin letters, for hosts.
    pub slug: &'static str,
    pub district: &'static str,
    pub state: &'static str,
    pub country: &'static str,
    pub postal_code: &'static str,
    /// A pattern of telephone numbers of offices.
    pub office: &'static str,
    /// A pattern of numbers of mobile telephones.
    pub mobile: &'static str,
    pub currency: &'static str,
    /// How company names end.
    pub legal: &'static [&'static str],
    /// What one person earns a company in a year, in thousands of the currency.
    pub revenue_per_head: Range<i64>,
    /// The department that sells there.
    pub team: &'static str,
}

const CHINESE_LEGAL: &[&str] =
    &["有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司"];

const fn china(
    city: &'static str,
    slug: &'static str,
    district: &'static str,
    state: &'static str,
    postal_code: &'static str,
    office: &'static str,
    team: &'static str,
) -> Place {
    Place {
        culture: Culture::Chinese,
        city,
        slug,
        district,
        state,
        country: "CN",
        postal_code,
        office,
        mobile: "+8613#########",
        currency: "CNY",
        legal: CHINESE_LEGAL,
        revenue_per_head: 300..2_500,
        team,
    }
}

const fn abroad(
    culture: Culture,
    city: &'static str,
    slug: &'static str,
    (state, country, postal_code): (&'static str, &'static str, &'static str),
    (office, mobile): (&'static str, &'static str),
    currency: &'static str,
    legal: &'static [&'static str],
) -> Place {
    Place {
        culture,
        city,
        slug,
        district: "",
        state,
        country,
        postal_code,
        office,
        mobile,
        currency,
        legal,
        revenue_per_head: 60..450,
        team: INTERNATIONAL,
    }
}

const BRITISH: &[&str] = &["Ltd", "Ltd", "plc", "Group Ltd"];
const AMERICAN: &[&str] = &["Inc.", "Inc.", "LLC", "Corporation"];
const GERMAN: &[&str] = &["GmbH", "GmbH", "AG", "GmbH & Co. KG"];
const AUSTRALIAN: &[&str] = &["Pty Ltd"];

pub(super) const PLACES: &[Place] = &[
    china("上海市", "shanghai", "浦东新区", "上海市", "2001##", "+86215#######", EAST),
    china("上海市", "shanghai", "徐汇区", "上海市", "2000##", "+86216#######", EAST),
    china("苏州市", "suzhou", "工业园区", "江苏省", "2150##", "+865126#######", EAST),
    china("南京市", "nanjing", "江宁区", "江苏省", "2111##", "+86255#######", EAST),
    china("无锡市", "wuxi", "新吴区", "江苏省", "2140##", "+865108#######", EAST),
    china("杭州市", "hangzhou", "余杭区", "浙江省", "3111##", "+865718#######", EAST),
    china("宁波市", "ningbo", "鄞州区", "浙江省", "3151##", "+865748#######", EAST),
    china("合肥市", "hefei", "蜀山区", "安徽省", "2300##", "+865516#######", EAST),
    china("青岛市", "qingdao", "崂山区", "山东省", "2661##", "+865328#######", EAST),
    china("济南市", "jinan", "历下区", "山东省", "2500##", "+865318#######", EAST),
    china("北京市", "beijing", "海淀区", "北京市", "1000##", "+86106#######", NORTH),
    china("北京市", "beijing", "朝阳区", "北京市", "1000##", "+861084######", NORTH),
    china("天津市", "tianjin", "滨海新区", "天津市", "3004##", "+86226#######", NORTH),
    china("沈阳市", "shenyang", "浑南区", "辽宁省", "1101##", "+86242#######", NORTH),
    china("大连市", "dalian", "甘井子区", "辽宁省", "1160##", "+864118#######", NORTH),
    china("西安市", "xian", "雁塔区", "陕西省", "7100##", "+86298#######", NORTH),
    china("郑州市", "zhengzhou", "金水区", "河南省", "4500##", "+863716#######", NORTH),
    china("广州市", "guangzhou", "天河区", "广东省", "5106##", "+86203#######", SOUTH),
    china("深圳市", "shenzhen", "南山区", "广东省", "5180##", "+867552#######", SOUTH),
    china("东莞市", "dongguan", "松山湖", "广东省", "5238##", "+867692#######", SOUTH),
    china("佛山市", "foshan", "南海区", "广东省", "5282##", "+867578#######", SOUTH),
    china("厦门市", "xiamen", "思明区", "福建省", "3610##", "+865925######", SOUTH),
    china("成都市", "chengdu", "武侯区", "四川省", "6100##", "+86288#######", SOUTH),
    china("重庆市", "chongqing", "渝北区", "重庆市", "4011##", "+86236#######", SOUTH),
    china("武汉市", "wuhan", "洪山区", "湖北省", "4300##", "+86278#######", SOUTH),
    china("长沙市", "changsha", "岳麓区", "湖南省", "4100##", "+867318#######", SOUTH),
    abroad(
        Culture::English,
        "London",
        "london",
        ("", "GB", "EC2A 4NE"),
        ("+442079460###", "+447400######"),
        "GBP",
        BRITISH,
    ),
    abroad(
        Culture::English,
        "Manchester",
        "manchester",
        ("", "GB", "M2 4WU"),
        ("+441614960###", "+447400######"),
        "GBP",
        BRITISH,
    ),
    abroad(
        Culture::English,
        "New York",
        "newyork",
        ("NY", "US", "100##"),
        ("+121255501##", "+191755501##"),
        "USD",
        AMERICAN,
    ),
    abroad(
        Culture::English,
        "San Francisco",
        "sanfrancisco",
        ("CA", "US", "941##"),
        ("+141555501##", "+162855501##"),
        "USD",
        AMERICAN,
    ),
    abroad(
        Culture::English,
        "Chicago",
        "chicago",
        ("IL", "US", "606##"),
        ("+131255501##", "+177355501##"),
        "USD",
        AMERICAN,
    ),
    abroad(
        Culture::English,
        "Toronto",
        "toronto",
        ("ON", "CA", "M5H 2N2"),
        ("+141655501##", "+164755501##"),
        "CAD",
        AMERICAN,
    ),
    abroad(
        Culture::English,
        "Sydney",
        "sydney",
        ("NSW", "AU", "2000"),
        ("+6125550####", "+6149157####"),
        "AUD",
        AUSTRALIAN,
    ),
    abroad(
        Culture::English,
        "Melbourne",
        "melbourne",
        ("VIC", "AU", "3000"),
        ("+6135550####", "+6149157####"),
        "AUD",
        AUSTRALIAN,
    ),
    abroad(
        Culture::English,
        "Singapore",
        "singapore",
        ("", "SG", "0485##"),
        ("+6567######", "+6591######"),
        "SGD",
        &["Pte. Ltd."],
    ),
    abroad(
        Culture::English,
        "Hong Kong",
        "hongkong",
        ("", "HK", ""),
        ("+85228######", "+852941#####"),
        "HKD",
        &["Limited"],
    ),
    abroad(
        Culture::German,
        "Berlin",
        "berlin",
        ("", "DE", "101##"),
        ("+493023125###", "+491713920###"),
        "EUR",
        GERMAN,
    ),
    abroad(
        Culture::German,
        "München",
        "muenchen",
        ("Bayern", "DE", "803##"),
        ("+498999998###", "+491713920###"),
        "EUR",
        GERMAN,
    ),
    abroad(
        Culture::German,
        "Hamburg",
        "hamburg",
        ("", "DE", "200##"),
        ("+494066969###", "+491713920###"),
        "EUR",
        GERMAN,
    ),
    abroad(
        Culture::French,
        "Paris",
        "paris",
        ("", "FR", "7500#"),
        ("+3319900####", "+336123#####"),
        "EUR",
        &["SARL", "SAS", "SA"],
    ),
];
