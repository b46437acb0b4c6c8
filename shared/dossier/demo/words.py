"""The words the demo is made of. Every company, person and mail address is invented; domains end in `.example`."""

from __future__ import annotations

from typing import NamedTuple

GROUPS = (
    ("Alpina Holding AG", ("Alpina Bau AG", "Alpina Immobilien AG", "Alpina Energie GmbH")),
    ("Seefeld Versicherungen AG", ("Seefeld Leben AG", "Seefeld Rückversicherung AG")),
    ("Norden Logistik AG", ("Norden Spedition GmbH", "Norden Luftfracht AG")),
    ("Vogelsang Pharma AG", ("Vogelsang Forschung AG",)),
)
COMPANIES = (
    "Baumann & Partner Architekten", "Bergwerk Software GmbH", "Blume Gartenbau AG", "Brückner Metallbau AG",
    "Celio Optik AG", "Dorfbäckerei Lutz", "Elektro Hasler AG", "Felder Treuhand AG", "Fischer Druck AG",
    "Gemeinde Oberwil", "Glarona Textil AG", "Helios Solartechnik AG", "Huber Rechtsanwälte", "Jura Uhren SA",
    "Kantonsspital Seetal", "Kern Apparatebau AG", "Lago Hotels SA", "Lindenhof Stiftung", "Merz Maschinen AG",
    "Montana Reisen AG", "Nova Personal AG", "Orell Medien AG", "Pilatus Werkzeuge AG", "Quartierverein Süd",
    "Rhein Chemie GmbH", "Säntis Käserei AG", "Stadtwerke Aarburg", "Tessin Granit SA",
)  # fmt: skip
LAST_NAMES = (
    "Aebi", "Ammann", "Bachmann", "Berger", "Bühler", "Caflisch", "Dubois", "Eberle", "Egli", "Fankhauser", "Favre",
    "Gerber", "Graf", "Gut", "Hofer", "Iten", "Jäggi", "Kälin", "Kunz", "Lehmann", "Lüthi", "Marti", "Moser", "Näf",
    "Oberholzer", "Portmann", "Rossi", "Roth", "Schär", "Steiner", "Studer", "Suter", "Tanner", "Uhlmann", "Wälti",
    "Weber", "Wyss", "Zehnder", "Zimmermann", "Zurbriggen",
)  # fmt: skip
FIRST_NAMES = (
    "Adrian", "Alessia", "Andrea", "Beat", "Benjamin", "Carla", "Chiara", "Daniel", "Denise", "Elena", "Fabian",
    "Franziska", "Hans", "Isabelle", "Jan", "Jonas", "Karin", "Laura", "Lukas", "Marc", "Martina", "Melanie", "Michael",
    "Nadia", "Nicolas", "Patrick", "Petra", "Rahel", "Reto", "Sandra", "Sarah", "Silvan", "Simone", "Stefan", "Thomas",
    "Urs", "Vera", "Yannick",
)  # fmt: skip
FUNCTIONS = (
    ("Geschäftsführung", "Direktion"), ("Leitung Einkauf", "Einkauf"), ("Leitung Finanzen", "Finanzen"),
    ("Projektleitung", "Bau"), ("Personalleitung", "Personal"), ("Leitung IT", "Informatik"),
    ("Assistenz", "Direktion"), ("Verkauf", "Verkauf"), ("Rechtsdienst", "Recht"), ("Marketing", "Kommunikation"),
)  # fmt: skip
PROJECTS = (
    "Nachfolgeregelung", "Einführung ERP", "Neubau Verwaltung", "Strategie 2028", "Prozessanalyse Einkauf",
    "Due Diligence", "Rechtsstreit Werkmangel", "Markenauftritt", "Datenschutz-Audit", "Reorganisation Vertrieb",
    "Energiekonzept", "Lohnsystem", "Standortevaluation", "Kundenbefragung",
)  # fmt: skip

PHASES = ("Analyse", "Konzept", "Umsetzung")
CHANCES = (
    "Erweiterung Mandat", "Neubau Lager", "Ablösung Buchhaltung", "Begleitung Übernahme", "Schulung Führungskräfte",
    "Überarbeitung Verträge", "Sanierung Fassade", "Jahresabschluss", "Standortkonzept", "Vorsorgeplanung",
)  # fmt: skip
LOST = ("Zu teuer", "Mitbewerber hatte die besseren Referenzen", "Vorhaben verschoben")
INDUSTRIES = (
    "Construction", "Finance and insurance", "Health", "Industry and trade", "Information technology", "Public",
)  # fmt: skip
"""As they ship with the addresses service, and the account types too."""
ACCOUNT_TYPES = ("Customer", "Customer", "Lead", "Supplier", "Others")


class Kind(NamedTuple):
    """How often a kind of activity occurs, and what it says."""

    kind: str
    weight: int
    titles: tuple[str, ...]
    texts: tuple[str, ...]


KINDS = (
    Kind(
        "call",
        34,
        ("Rückruf wegen Offerte", "Telefonat Terminplan", "Rückfrage zur Rechnung", "Anruf: Stand der Arbeiten"),
        ("Ist mit dem Vorschlag einverstanden und wartet auf das Protokoll.", "Will zuerst intern Rücksprache nehmen.",
         "Nicht erreicht, Nachricht hinterlassen.", "Wünscht eine Aufstellung der Kosten bis Ende Woche."),
    ),
    Kind(
        "meeting",
        22,
        ("Besprechung Projektstand", "Kickoff", "Workshop Anforderungen", "Abnahmegespräch"),
        ("Offene Punkte bereinigt, nächster Schritt: Entwurf bis in zwei Wochen.", "Ziele bestätigt, Budget offen.",
         "Drei Varianten besprochen, Variante B wird weiterverfolgt."),
    ),
    Kind(
        "note",
        24,
        ("Notiz zum Kunden", "Hinweis aus dem Netzwerk", "Interne Einschätzung", "Wechsel in der Leitung"),
        ("Plant für nächstes Jahr eine grössere Investition.", "Zahlt pünktlich, legt Wert auf kurze Wege.",
         "Hat eine neue Ansprechperson für alle Vertragsfragen."),
    ),
    Kind(
        "document",
        10,
        ("Offerte versandt", "Vertrag unterzeichnet zurück", "Schlussbericht abgegeben"),
        ("Gültig dreissig Tage.", "Original im Archiv abgelegt.", "Per Post und elektronisch zugestellt."),
    ),
    Kind(
        "appointment",
        10,
        ("Mittagessen", "Besuch vor Ort", "Präsentation vor der Geschäftsleitung"),
        ("Unterlagen mitnehmen.", "Reserviert auf den Namen des Kunden.", ""),
    ),
)  # fmt: skip
TASKS = ("Offerte nachfassen", "Vertrag prüfen", "Protokoll versenden", "Rechnung klären", "Termin vereinbaren")
