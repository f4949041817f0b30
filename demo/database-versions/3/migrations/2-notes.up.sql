alter table orders add column note text not null default '';
-- Orders of a quantity of one are there, so this cannot be.
alter table orders add constraint more_than_one check (quantity > 1);
