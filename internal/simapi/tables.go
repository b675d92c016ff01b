package simapi

// tables names the fields of every kind, by shape: brief, short, detail.
func tables() [kindCount]shapes {
	var all [kindCount]shapes
	for k := range kindCount {
		all[k] = shapes{detail: plainLookup} // true of most lookups; the others follow
	}
	for k, special := range map[kind]shapes{
		kindBooking:                   {detail: bookingFields},
		kindVisit:                     {short: visitShort, detail: visitDetail},
		kindSuperBooking:              {detail: superBookingFields},
		kindReferenceCode:             {brief: referenceBrief, short: referenceShort, detail: referenceDetail},
		kindBookingCriteria:           {detail: requirementFields},
		kindCustomer:                  {short: customerShort, detail: customerDetail},
		kindCustomerConfig:            {detail: customerConfigFields},
		kindClient:                    {short: clientShort, detail: clientDetail},
		kindConsumer:                  {detail: consumerFields},
		kindRequestor:                 {short: requestorShort, detail: requestorDetail},
		kindAddress:                   {short: addressShort, detail: addressDetail},
		kindContact:                   {short: contactShort, detail: contactDetail},
		kindEmail:                     {detail: emailFields},
		kindNumber:                    {detail: numberFields},
		kindDocument:                  {detail: documentFields},
		kindReferenceCodeConfig:       {detail: configFields},
		kindReferenceCodeAutoComplete: {detail: autoCompleteFields},
		kindRatePlan:                  {brief: ratePlanBrief, detail: ratePlanFull},
		kindLanguage:                  {detail: languageFields},
		kindPartnerConnectLanguage:    {detail: partnerLanguageFields},
		kindCompany:                   {detail: namedFields},
		kindIntegration:               {detail: namedFields},
		kindPerson:                    {detail: personFields},
		kindAuthRole:                  {detail: authRoleFields},
		kindBookingStatus:             {brief: plainLookup, detail: statusLookup},
		kindContractType:              {brief: plainLookup, detail: versionedLookup},
		kindPaymentMethod:             {brief: plainLookup, detail: versionedLookup},
		kindEmploymentCriteriaType:    {detail: versionedLookup},
		kindEmploymentCriteria:        {detail: criteriaLookup},
		kindOverflowType:              {detail: overflowLookup},
		kindJobOffer:                  {detail: jobOfferFields},
		kindIncidental:                {detail: incidentalFields},
		kindVideoSession:              {detail: sessionFields},
	} {
		all[k] = special
	}
	return all
}
