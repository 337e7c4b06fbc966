//! The words of which guessed passwords are made.

/// Every word, in lower case and with letters for the digits that stand for them.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    WORDS.split_ascii_whitespace()
}

const WORDS: &str = "\
    password passwort passwords passw0rd passwd pass motdepasse contrasena parola senha mima mimamima \
    secret secrets topsecret secure security private confidential changeme changeit changethis letmein letmeout \
    openme opensesame openup welcome welcomeback hello helloworld goodbye whatever trustno trustme nothing \
    something anything default temp temporary test tester testing testtest testuser demo demodemo example sample \
    guest user username login signin signup logon account admin admins administrator administration root toor \
    superuser sysadmin system server service manager master webmaster office company business enterprise customer \
    customers sales salesforce marketing support finance crm crmadmin database oracle mysql postgres postgresql \
    redis docker kubernetes internet computer laptop windows linux ubuntu macbook iphone android google gmail \
    facebook twitter instagram youtube amazon microsoft apple samsung huawei xiaomi tencent wechat weixin alibaba \
    taobao baidu alipay zhongguo china beijing shanghai shenzhen guangzhou hangzhou taiwan taipei hongkong singapore \
    woaini woaiwo aini woaiziji wodemima woshishui nihao laopo laogong baobao baobei xiaoxiao wangwei lilili zhangwei \
    asdf asdfgh asdfghjkl asdasd qwer qwert qwerty qwertz azerty qwertyuiop zxcv zxcvbn zxcvbnm qweasd qweasdzxc \
    qazwsx qazwsxedc abc abcd abcde abcdef abcdefg abcabc aabbcc aaa xxx zzz \
    iloveyou ilovegod ilove loveyou lovely lover love mylove sweetheart honey baby babygirl darling princess queen \
    prince king angel angels heaven jesus christ jesuschrist god blessed faith family mother father mommy daddy \
    sunshine sunflower flower flowers rainbow butterfly summer winter spring autumn january february march april \
    june july august september october november december monday tuesday wednesday thursday friday saturday sunday \
    dragon monkey tiger lion panda eagle falcon phoenix dolphin butterfly kitty doggy puppy chicken horse snoopy \
    football baseball basketball soccer hockey tennis golfer liverpool arsenal chelsea barcelona realmadrid juventus \
    yankees lakers cowboys steelers superman batman spiderman ironman starwars startrek pokemon pikachu naruto \
    matrix shadow hunter killer ranger warrior ninja samurai wizard merlin gandalf thunder lightning diamond silver \
    golden freedom liberty victory success winner lucky happy smile forever friends michael jordan daniel jennifer \
    jessica ashley charlie thomas andrew robert william george matthew anthony joshua nicole michelle hannah amanda \
    cheese chocolate cookie banana orange apple cherry pepper ginger coffee whiskey hottie sexy naughty mustang \
    porsche ferrari mercedes corvette harley yamaha honda toyota trustnoone access accessdenied control override";
