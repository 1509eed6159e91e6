"""Know how columns are spelt, and which spellings are those of persons: letters and digits only, the best first."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Part a text into its words."""
    return tuple(text.split())


# Columns that every intake has, and their spellings.
SPELLINGS = {
    "id": words(
        """id eventidcnty eventid dataid incidentid reportid observationid patrolid featureid uuid globalid idno code
        pcode"""
    ),
    "date": words(
        """date eventdate datestart startdate dateobserved observedon observationdate incidentdate dateofevent
        dateofincident datetime dateevent fecha datum tarih дата التاريخ تاريخ datereported reportdate"""
    ),
    "lon": words(
        """lon longitude long lng londd longdd longitudedd lonwgs84 longwgs84 longitudewgs84 decimallongitude
        decimallon longitudedecimal gpslongitude gpslon gpslong geolongitude geolon longdecimal longdegrees
        longitudedegrees longitudine longitud boylam долгота خطالطول laenge lange pointx xcoord xcoordinate coordx x"""
    ),
    "lat": words(
        """lat latitude latdd latitudedd latwgs84 latitudewgs84 decimallatitude decimallat latitudedecimal gpslatitude
        gpslat geolatitude geolat latdecimal latdegrees latitudedegrees latitudine latitud enlem широта خطالعرض breite
        pointy ycoord ycoordinate coordy y"""
    ),
    "precision_m": words(
        """precisionm geoprecision whereprec accuracym uncertaintym coordinateuncertaintyinmeters gpsprecision
        gpsaccuracy precisionkm accuracykm uncertaintykm"""
    ),
    "category": words("category eventtype typeofviolence incidenttype eventcategory facilitytype kind type class"),
    "count": words("count fatalities best numberof quantity number deaths killed total"),
    "party": words("party actor1 sidea actor holder controller side"),
    "place": words(
        """place placename location locationname settlement settlementname wherecoordinates site sitename locality town
        village name"""
    ),
    "source": words("source sources sourcearticle sourcename reference"),
    "confidence": words("confidence reliability eventclarity certainty credibility"),
    "note": words("note notes remarks remark comment comments description"),
}

# Columns of names of persons, or of the ways to reach them.
PERSONAL = {
    *words(
        """surname forename nickname firstname lastname fullname middlename givenname familyname maidenname fathername
        mothername personname victimname victimsname contactname contactperson respondentname enumeratorname
        interviewername informantname witnessname detaineename commandername leadername patientname drivername
        beneficiaryname observername monitorname reportername username submittedby enteredby recordedby reportedbyname
        phone phonenumber telephone mobile email emailaddress passport passportnumber nationalid headofhousehold
        victimnames personnames peoplenames"""
    )
}
# Words that are a person where the column is text, and a head count where it is numbers.
PERSONAL_WHERE_TEXT = {
    *words(
        """victim victims person persons people commander commanders leader leaders witness witnesses informant
        informants detainee detainees respondent enumerator interviewer patient driver contact"""
    )
}
# Words that make a column of names one of names of persons: victim_full_name, names of the detainees.
PERSONS = words(
    """victim person respondent enumerator interviewer informant witness detainee commander contact patient beneficiary
    driver father mother husband wife son daughter observer monitor first last given middle family full maiden"""
)

# English names of months, the first three letters of each being its short name.
MONTHS = words("january february march april may june july august september october november december")
