-- Whether it is the hand-over of a test, which is measured nowhere.
ALTER TABLE delivery_handovers ADD COLUMN test BOOLEAN NOT NULL DEFAULT FALSE;
