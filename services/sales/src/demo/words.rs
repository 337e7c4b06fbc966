//! What is written into leads and opportunities, in Chinese and in English.

/// Something that a company wants to do, and the article that it is mostly about.
#[derive(Debug, PartialEq)]
pub(super) struct Project {
    pub chinese: &'static str,
    pub english: &'static str,
    pub article: &'static str,
}

const fn project(chinese: &'static str, english: &'static str, article: &'static str) -> Project {
    Project { chinese, english, article }
}

pub(super) const PROJECTS: &[Project] = &[
    project("传感器采购", "sensors", "HT-D210"),
    project("智能电表采购", "smart meters", "HT-D220"),
    project("用户许可扩容", "more user licences", "HT-S600"),
    project("云托管迁移", "move to hosting", "HT-M300"),
    project("设备联网改造", "machine connectivity", "HT-D110"),
    project("车间终端采购", "shop-floor terminals", "HT-D310"),
    project("用户培训", "user training", "HT-V400"),
    project("边缘计算试点", "edge computing pilot", "HT-D120"),
    project("数据迁移", "data migration", "HT-V300"),
    project("视觉检测线", "vision inspection line", "HT-D410"),
    project("年度维保续约", "support renewal", "HT-M200"),
    project("能耗管理", "energy management", "HT-S500"),
    project("质量追溯系统", "quality traceability", "HT-S300"),
    project("预测性维护", "predictive maintenance", "HT-S400"),
    project("MES 项目", "MES rollout", "HT-S100"),
    project("数字化工厂一期", "digital factory, phase 1", "HT-S200"),
];

/// A text in Chinese and in English.
pub(super) type Text = (&'static str, &'static str);

pub(super) fn of((chinese, english): Text, is_chinese: bool) -> String {
    if is_chinese { chinese } else { english }.to_owned()
}

pub(super) const NEEDS: &[Text] = &[
    ("希望打通 ERP 与车间数据", "wants the ERP and the shop floor to share data"),
    ("现有系统无法追溯批次", "cannot trace batches with the present system"),
    ("停机时间过长，需要提前预警", "too much downtime, needs early warnings"),
    ("能耗成本持续上升", "energy costs keep rising"),
    ("纸质报工效率低", "work is still reported on paper"),
    ("客户审核要求提供过程数据", "customers ask for process data in their audits"),
    ("新产线投产前完成部署", "has to be ready before the new line starts"),
    ("多工厂统一管理", "wants to run several plants in one system"),
];

pub(super) const INTENTIONS: &[Text] = &[
    ("预算已批，本季度内采购", "the budget is approved, buys this quarter"),
    ("先做试点，再推广到其他工厂", "pilot first, then the other plants"),
    ("走招标流程，预计三家比价", "by tender, three offers expected"),
    ("明年预算，先了解方案", "next year's budget, collects information"),
    ("老系统合同到期前替换", "replaces the old system before its contract ends"),
];

/// What is done next, from the first talks to the contract.
pub(super) const NEXT_STEPS: [&[Text]; 4] = [
    &[
        ("电话了解现状", "call about the present situation"),
        ("约首次拜访", "arrange a first visit"),
        ("发送公司与产品资料", "send company and product information"),
    ],
    &[
        ("现场调研", "visit the plant"),
        ("安排产品演示", "show the product"),
        ("确认预算与决策流程", "ask about budget and who decides"),
    ],
    &[
        ("提交方案与报价", "send the proposal"),
        ("与技术部门评审方案", "review the proposal with engineering"),
        ("安排参观样板工厂", "visit a reference plant"),
    ],
    &[
        ("商务谈判", "negotiate terms"),
        ("合同条款法务审核", "contract review by legal"),
        ("等待客户内部审批", "waits for internal approval"),
    ],
];

pub(super) const TAGS: &[Text] = &[
    ("招标", "tender"),
    ("样板客户", "reference customer"),
    ("交叉销售", "cross-selling"),
    ("需高层支持", "executive support"),
    ("试点", "pilot"),
];

/// Others who sell the like; there are no such companies.
pub(super) const COMPETITORS: &[Text] = &[
    ("瀚启智控", "Quorvex Automation"),
    ("云衡软件", "Veltrona Software"),
    ("启巽工业", "Nordhelm Industrial"),
    ("本地集成商", "a local integrator"),
];

pub(super) const PRICE_NOTES: &[Text] = &[
    ("报价高出预算约两成", "about a fifth above the budget"),
    ("对手低价中标", "the competitor's price won the tender"),
];
pub(super) const COMPETITOR_NOTES: &[Text] = &[
    ("客户与对手已有长期合作", "has worked with the competitor for years"),
    ("对手承诺更短的交付周期", "the competitor delivers sooner"),
];
pub(super) const BUDGET_NOTES: &[Text] = &[
    ("年度预算被削减", "this year's budget was cut"),
    ("资金转投新厂房", "the money goes into the new plant"),
];
pub(super) const DECISION_NOTES: &[Text] = &[
    ("项目搁置，负责人离职", "put off, the sponsor has left"),
    ("内部意见不一", "could not agree internally"),
];
pub(super) const TIMING_NOTES: &[Text] = &[
    ("推迟到明年再议", "to be discussed again next year"),
    ("产线搬迁后再启动", "after the line has moved"),
];
pub(super) const FEATURE_NOTES: &[Text] = &[
    ("缺少所需的行业模块", "lacks a module for the industry"),
    ("无法对接其现有控制系统", "does not connect to their controls"),
];
pub(super) const CONTACT_NOTES: &[Text] =
    &[("多次联系无回复", "no answer to several calls"), ("联系人已调岗", "the contact has moved on")];

/// Why leads are given up, with how often.
pub(super) const UNQUALIFIED: &[(Text, u32)] = &[
    (("暂无采购计划", "no plans to buy"), 26),
    (("没有预算", "no budget"), 20),
    (("无法联系上", "cannot be reached"), 18),
    (("需求与产品不符", "needs something else"), 14),
    (("已选择其他供应商", "has chosen another supplier"), 12),
    (("规模太小", "too small"), 6),
    (("重复线索", "known already"), 4),
];

pub(super) const FAIRS: &[Text] =
    &[("工博会", "trade fair"), ("行业论坛", "industry forum"), ("线上研讨会", "webinar")];
pub(super) const CAMPAIGNS: &[Text] = &[("百度推广", "search ads"), ("行业媒体", "trade press")];
pub(super) const MEDIA: &[Text] = &[("微信公众号", "LinkedIn"), ("视频号", "YouTube")];
pub(super) const CALLS: &[Text] = &[("电话营销", "telemarketing"), ("客户来电", "incoming call")];
pub(super) const LETTERS: &[Text] = &[("邮件通讯", "newsletter")];
pub(super) const PARTNERS: &[Text] = &[("集成商推荐", "integrator"), ("老客户介绍", "referral")];
