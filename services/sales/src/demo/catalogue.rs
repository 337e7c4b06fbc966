//! What the company sells.

use crm_protos::sales::v1::{Money, Product};

use super::draw::round;
use super::rates::{from_yuan, minor};

/// The currencies in which products have list prices.
const CURRENCIES: [&str; 4] = ["CNY", "EUR", "USD", "HKD"];

/// Something that is sold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Article {
    pub code: &'static str,
    pub name: &'static str,
    pub unit: &'static str,
    pub category: &'static str,
    /// The list price in whole CNY.
    pub price: f64,
    pub tax_basis_points: i32,
    pub disabled: bool,
}

const SOFTWARE: &str = "软件 Software";
const EQUIPMENT: &str = "设备 Equipment";
const SERVICES: &str = "实施服务 Services";
pub(super) const SUPPORT: &str = "维保 Support";

const fn article(
    code: &'static str,
    name: &'static str,
    unit: &'static str,
    category: &'static str,
    price: f64,
    tax_basis_points: i32,
) -> Article {
    Article { code, name, unit, category, price, tax_basis_points, disabled: false }
}

pub(super) const ARTICLES: &[Article] = &[
    article("HT-S100", "制造执行系统 标准版 MES Standard", "套 licence", SOFTWARE, 68_000.0, 1300),
    article("HT-S200", "制造执行系统 企业版 MES Enterprise", "套 licence", SOFTWARE, 198_000.0, 1300),
    article("HT-S300", "质量追溯模块 Quality Traceability", "套 licence", SOFTWARE, 46_000.0, 1300),
    article("HT-S400", "预测性维护模块 Predictive Maintenance", "套 licence", SOFTWARE, 58_000.0, 1300),
    article("HT-S500", "能源管理模块 Energy Management", "套 licence", SOFTWARE, 39_000.0, 1300),
    article("HT-S600", "用户许可 Named User", "用户 user", SOFTWARE, 1_200.0, 1300),
    Article {
        disabled: true,
        ..article("HT-D100", "工业网关 一代 Gateway G0", "台 piece", EQUIPMENT, 2_900.0, 1300)
    },
    article("HT-D110", "工业网关 Gateway G1", "台 piece", EQUIPMENT, 3_600.0, 1300),
    article("HT-D120", "边缘网关 Edge Gateway G2", "台 piece", EQUIPMENT, 8_900.0, 1300),
    article("HT-D210", "温振传感器 Vibration Sensor", "个 piece", EQUIPMENT, 680.0, 1300),
    article("HT-D220", "智能电表 Smart Meter", "个 piece", EQUIPMENT, 460.0, 1300),
    article("HT-D310", "车间终端 Shop-floor Terminal", "台 piece", EQUIPMENT, 4_200.0, 1300),
    article("HT-D410", "机器视觉套件 Vision Kit", "套 set", EQUIPMENT, 32_000.0, 1300),
    article("HT-V100", "实施顾问 Consulting", "人天 day", SERVICES, 3_200.0, 600),
    article("HT-V200", "系统集成 Systems Integration", "人天 day", SERVICES, 3_800.0, 600),
    article("HT-V300", "数据迁移 Data Migration", "项 package", SERVICES, 18_000.0, 600),
    article("HT-V400", "用户培训 User Training", "人天 day", SERVICES, 4_500.0, 600),
    article("HT-V500", "现场安装 On-site Installation", "人天 day", SERVICES, 2_200.0, 600),
    article("HT-M100", "标准维保 Standard Support", "年 year", SUPPORT, 12_000.0, 600),
    article("HT-M200", "金牌维保 Gold Support", "年 year", SUPPORT, 36_000.0, 600),
    article("HT-M300", "云托管 Cloud Hosting", "月 month", SUPPORT, 2_800.0, 600),
];

/// Every product with its list prices.
pub fn products() -> Vec<Product> {
    let price = |article: &Article, currency: &'static str| Money {
        amount_minor: article.price_in(currency),
        currency: currency.to_owned(),
    };
    let product = |article: &Article| Product {
        code: article.code.to_owned(),
        name: article.name.to_owned(),
        unit: article.unit.to_owned(),
        category: article.category.to_owned(),
        prices: CURRENCIES.iter().map(|currency| price(article, currency)).collect(),
        tax_basis_points: article.tax_basis_points,
        disabled: article.disabled,
        ..Product::default()
    };
    ARTICLES.iter().map(product).collect()
}

impl Article {
    pub(super) fn of(code: &str) -> Option<&'static Self> {
        ARTICLES.iter().find(|article| article.code == code)
    }

    /// The list price in minor units of a currency.
    pub(super) fn price_in(&self, currency: &str) -> i64 {
        match currency {
            "CNY" => (self.price * minor(currency)) as i64,
            // Abroad it costs a little more.
            _ => round(from_yuan(self.price * 1.15, currency)) * minor(currency) as i64,
        }
    }
}
