package simapi

var requestorShort = []field{
	{"displayLabel", text(lastNameFirst)}, {"displayName", text(lastNameFirst)}, {"id", id}, {"name", text(fullName)},
	{"uri", self}, {"uuid", uuid},
}

func requestorsCustomer(s *scope) int { return s.index % s.w.customers }

func requestorsCompany(s *scope) int { return s.w.companyOf(requestorsCustomer(s)) }

func requestorsClient(s *scope) int { return upTo(s.next(), s.w.clients) }

var requestorDetail = []field{
	{"accessCode", null}, {"accountExpired", changing(yes(10))}, {"accountLocked", changing(yes(10))},
	{"accountingReference", maybe(40, code(7))}, {"active", yes(90)},
	{"associations", link("customerClientLocation")},
	{"authorities", upToSome(100, 2, embed(kindAuthRole, short, func(s *scope) int { return upTo(s.next(), 3) }))},
	{"businessUnits", link("businessUnit")}, {"canSwitchLocation", yes(50)},
	{"clientAssociation", maybe(40, embed(kindClient, short, requestorsClient))},
	{"company", embed(kindCompany, short, requestorsCompany)},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)}, {"customer", null},
	{"customerAssociation", embed(kindCustomer, short, requestorsCustomer)},
	{"defaultLocation", null}, {"disableUpcomingReminder", null},
	{"displayLabel", text(lastNameFirst)}, {"displayName", text(lastNameFirst)},
	{"email", text(ownEmail)}, {"enabled", changing(yes(90))}, {"faxNumber", maybe(30, text(phone))},
	{"firstName", text(firstName)}, {"id", id}, {"interpreter", null},
	{"lastModifiedBy", changing(text(account))}, {"lastModifiedDate", at(modifiedAt)}, {"lastName", text(lastName)},
	{"locale", null}, {"localeOrDefault", one("en", "fr", "zh-Hant")}, {"locationAssociation", null},
	{"mfaEnabled", maybe(50, yes(50))}, {"mfaMethod", maybe(30, one("TOTP", "SMS"))},
	{"name", text(fullName)}, {"number", text(phone)}, {"other", maybe(30, unlucky(text(numbered("Bleep "))))},
	{"passwordExpired", changing(yes(10))}, {"passwordLastChange", changing(after(createdAt, 0, 900*day))},
	{"primaryCompany", embed(kindCompany, short, requestorsCompany)},
	{"tz", maybe(30, zoneName)}, {"uri", self}, {"username", text(ownEmail)}, {"uuid", uuid}, {"versionValue", version},
}

var authRoleFields = []field{
	{"authority", text(numbered("ROLE_"))}, {"friendlyName", one("User", "Boss", "Auditor")}, {"id", id}, {"inOrder", ordinal},
	{"uri", self}, {"uuid", uuid}, {"versionValue", version},
}
