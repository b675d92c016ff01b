package simapi

// Everything here is invented. The languages are those that break systems: right to left with its marks, beyond the
// basic plane, combining accents, without spaces.

var firstNames = []string{
	"Amina", "Björn", "Chloé", "Dmitri", "Ewa", "Farid", "Grace", "Håkon", "Inés", "José", "Katarzyna", "Lê Minh",
	"Mwangi", "Noor", "Óscar", "Priya", "Qiang", "Ruth", "Søren", "Tomás", "Uche", "Vera", "Wanjiru", "Xóchitl",
	"Yusuf", "Zoë", "أمينة", "يوسف", "李娜", "王伟", "Ольга", "Юрий", "Ελένη", "שרה", "สมชาย", "ゆき",
}

var lastNames = []string{
	"Ashdown", "Brânză", "Castañeda", "D'Arcy-Holt", "Eriksson", "Fairweather", "González", "Hạnh", "İnce", "Jørgensen",
	"Kowalczyk", "Łuczak", "Müller", "Nwosu", "O’Brien", "Peñaloza", "Quispe", "Rønne", "Şahin", "Tran", "Ünal", "Vašek",
	"Whitcombe", "Xu", "Yılmaz", "Žižka", "الحسيني", "منصور", "陈", "欧阳", "Соколова", "Петренко", "Παπάς", "לוי",
}

var organisations = []string{
	"Larkspur Clinic", "Hôpital du Lac", "Northgate Tribunal", "St. Brannoc’s School", "Harbour & Vale Council", "Østre Sygehus",
	"Instituto Peñas", "Kaya Hukuk", "Willow \"Bridge\" Hospice", "Meridian Insurance Ltd", "Центр «Родник»", "和平医院",
	"مستشفى النور", "Five Elms Surgery", "Quayside Police", "Fern & Finch LLP", "Red Kite Housing", "Old Mill Dental",
}

var streets = []string{
	"Juniper Row", "Tanner's Yard", "Rue des Tilleuls", "Königsweg", "Calle Olmo", "Ulica Długa", "улица Садовая",
	"Cobbler Lane", "Beacon Hill", "شارع النخيل", "长安东路", "Mill Race",
}

// city is a town with what stands around it in an address.
type city struct{ town, county, country, zone, postcode string }

var cities = []city{
	{"Ashcombe", "Westmarch", "United Kingdom", "Europe/London", "AC4 7QT"},
	{"Saint-Aubert", "Val-de-Brume", "France", "Europe/Paris", "45999"},
	{"Grünfurt", "Niederau", "Deutschland", "Europe/Berlin", "09998"},
	{"Puerto Álamo", "Río Seco", "España", "Europe/Madrid", "29990"},
	{"Краснополье", "Приозёрный край", "Россия", "Europe/Moscow", "600999"},
	{"واحة النخيل", "الوسطى", "الإمارات", "Asia/Dubai", "00000"},
	{"清河镇", "东江省", "中国", "Asia/Shanghai", "999077"},
	{"Millbrook Falls", "OR", "United States", "America/Los_Angeles", "97999-0001"},
}

var sentences = []string{
	"Please ring the bell at the side door; reception is closed before nine. ",
	"The client prefers the same interpreter as last time. ",
	"Parking is \"free\" for two hours only.\r\n",
	"Bring photo ID & the booking reference. ",
	"Invoice quarterly, not monthly.\n",
	"Call 30 minutes before the start if you will be late. ",
	"Path on the share: \\\\files\\bookings\\2024. ",
	"Do <b>not</b> leave messages with neighbours. ",
	"<p>Two sessions, with a break of 15&nbsp;minutes.</p>\n",
	"<a href=\"https://example.test/?a=1&b=2\">Directions</a><br/>\r\n",
	"<ul><li>badge</li><li>headset</li></ul>",
	"Wheelchair access through the garden.\t(Key at the desk.) ",
	"Rate agreed: 45,50 € per hour; mileage extra. ",
	"L’interprète attendra à l’accueil — merci de prévenir. ",
	"Le patient n’a pas reçu la convocation; à rappeler. ",
	"Bitte zehn Minuten früher da sein; Schlüssel beim Pförtner. ",
	"La cita se movió a la mañana; avisar a la señora Núñez. ",
	"Proszę dzwonić dopiero po południu. ",
	"Duruşma salonu değişti: 3. kat, İnce koridor. ",
	"Пожалуйста, подождите у входа; пропуск выпишут на месте. ",
	"Переводчик нужен на весь день. ",
	"\u200fيرجى الحضور قبل الموعد بعشر دقائق.\u200f ",
	"\u202bالموعد في الطابق الثالث، غرفة 12\u202c. ",
	"请提前十分钟到达,并携带身份证。",
	"病人需要轮椅。",
	"通訳者は受付でお待ちください。",
	"กรุณารอที่แผนกต้อนรับ ",
	"נא להגיע עשר דקות לפני הזמן. ",
	"Vui lòng gọi trước khi đến. ",
	"Xin chào 👋🏽, family of four 👨\u200d👩\u200d👧\u200d👦 expected. ",
	"Status 🟢 after the call ☎️. ",
	"Combining: e\u0301 a\u030a o\u0308; precomposed: é å ö. ",
	"Line\u2028separator and paragraph\u2029separator. ",
	"Confirmed by phone with the front desk, who will pass it on to the ward. ",
	"The hearing may be adjourned at short notice; half a day is payable. ",
	"Ask for the duty social worker on arrival. ",
}

// unluckyWords are texts that careless code takes for something else.
var unluckyWords = []string{
	"null", "0", "true", "NULL", "NaN", "-0", "1e5", "[]", "{}", "\"quoted\"", `back\slash\`, "line\u2028separator", "'; DROP TABLE Booking;--",
	" leading and trailing ", "tab\tinside", "\u200fمن اليمين\u200f", "👩🏾‍⚕️", "%s%n", "N/A", "2024-02-30", "é\u0301", "a\r\nb", "<null>",
}

var refNames = []string{
	"Cost Centre", "PO Number", "Case Reference", "NHS No.", "Ward", "Court Room", "Référence dossier", "Aktenzeichen",
	"Номер дела", "رقم الملف", "项目编号", "Approver", "Programme", "Budget Code", "Site", "Department",
}

var invalidFieldNames = []string{"location", "siteContact", "refs", "customer.purchaseOrderNumber", "expectedDurationHrs"}
